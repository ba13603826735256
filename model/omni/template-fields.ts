import type { TemplateKind } from './template-schema';

/** A document of a template, as far as its fields are looked for. */
export interface FieldsOf {
  readonly kind: TemplateKind;
  readonly value: Readonly<Record<string, unknown>>;
}

/** A field of a template that not every Omni has, and the key of a definition that makes it. */
export interface NewField {
  readonly kind: TemplateKind | 'any';
  /** Keys from the root of the document. */
  readonly path: readonly [string, ...string[]];
  /** First version of Omni that has it: major and minor. */
  readonly since: readonly [number, number];
  readonly key: string;
}

/** Fields by the version of Omni that brought them. What is not here is as old as the oldest Omni that was looked at, 0.30. */
export const NEW_FIELDS: readonly NewField[] = [
  { kind: 'any', path: ['systemExtensions'], since: [0, 33], key: 'system_extensions' },
  {
    kind: 'Cluster',
    path: ['features', 'useEmbeddedDiscoveryService'],
    since: [0, 37],
    key: 'omni.embedded_discovery',
  },
  { kind: 'any', path: ['kernelArgs'], since: [1, 5], key: 'kernel_args' },
  { kind: 'any', path: ['upgradeStrategy'], since: [1, 6], key: 'machine_set.upgrade_strategy' },
  { kind: 'Cluster', path: ['kubernetes', 'manifests'], since: [1, 7], key: 'bootstrap.manifests' },
  { kind: 'Cluster', path: ['kubernetes', 'healthchecks'], since: [1, 9], key: 'omni.healthchecks' },
  { kind: 'Cluster', path: ['features', 'enableNodeAuditSkip'], since: [1, 10], key: 'omni.node_audit_skip' },
  {
    kind: 'Cluster',
    path: ['features', 'disablePublicDiscoveryService'],
    since: [1, 10],
    key: 'omni.public_discovery',
  },
  {
    kind: 'Machine',
    path: ['install', 'diskSelector'],
    since: [1, 10],
    key: 'omni_machine.install_disk_selector',
  },
];

/** Fields that documents have, each once. */
const used = (documents: readonly FieldsOf[]): NewField[] =>
  NEW_FIELDS.filter(({ kind, path }) =>
    documents.some((document) => (kind === 'any' || document.kind === kind) && has(document.value, path)),
  );

const has = (value: unknown, path: readonly string[]): boolean =>
  path.reduce<unknown>(
    (found, key) =>
      typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[key] : undefined,
    value,
  ) !== undefined;

/** Whether it depends on the version that a template is understood. All that this program supports has the older fields. */
export const hasNewFields = (documents: readonly FieldsOf[]): boolean =>
  used(documents).some(({ since }) => !isBelow(since, [1, 6]));

/**
 * Why a template cannot be given to a version of Omni or of omnictl; none where nothing is known of the version.
 *
 * @param who `Omni`, or `omnictl`
 */
export function fieldProblems(documents: readonly FieldsOf[], who: string, version: string): string[] {
  const [, major, minor] = /^v?(\d+)\.(\d+)\./.exec(version) ?? [];
  if (major === undefined || minor === undefined) return [];
  const have = [Number(major), Number(minor)] as const;
  return used(documents)
    .filter(({ since }) => isBelow(have, since))
    .map(
      ({ key, since }) =>
        `${key} needs ${who} ${since.join('.')}, and this one is ${version}; take it out of the definition, or upgrade ${who}`,
    );
}

const isBelow = (a: readonly [number, number], b: readonly [number, number]): boolean =>
  a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);

/** The fields of templates as we know them, compared with the sources of the omnictl that is built. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { NEW_FIELDS } from '../../model/omni/template-fields';
import { TEMPLATE_SCHEMAS, type TemplateKind } from '../../model/omni/template-schema';
import { GO_ENV } from '../../tools/go-build';
import { describeOmni } from '../testing/omni';

interface GoField {
  /** "" for a struct that lends its fields. */
  readonly key: string;
  readonly type: string;
}

/** Structs by name, of all files of a folder. */
function structs(folder: string): ReadonlyMap<string, readonly GoField[]> {
  const found = new Map<string, readonly GoField[]>();
  for (const name of readdirSync(folder).filter((file) => /(?<!_test)\.go$/.test(file))) {
    const text = readFileSync(join(folder, name), 'utf8');
    for (const [, title = '', body = ''] of text.matchAll(/^type (\w+) struct \{[^\n]*\n([\s\S]*?)^\}/gm)) {
      const fields = [...body.matchAll(/^\s*(?:\w+\s+)?(\S+)\s+`yaml:"([\w-]*)(,inline)?[^"]*"`/gm)];
      found.set(
        title,
        fields.map(([, type = '', key = '', inline]) => ({
          key: inline ? '' : key,
          type: type.replace(/^\*/, ''),
        })),
      );
    }
    for (const [, title = '', item = ''] of text.matchAll(/^type (\w+) \[\](\w+)$/gm))
      found.set(title, [{ key: '', type: item }]);
  }
  return found;
}

/** Paths of all fields of a struct. */
function goPaths(all: ReadonlyMap<string, readonly GoField[]>, name: string): string[] {
  return (all.get(name) ?? []).flatMap(({ key, type }) =>
    key === '' ? goPaths(all, type) : [key, ...goPaths(all, type).map((rest) => `${key}.${rest}`)],
  );
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

const ourPaths = ({ properties, items }: Schema): string[] =>
  items
    ? ourPaths(items)
    : Object.entries(properties ?? {}).flatMap(([key, value]) => [
        key,
        ...ourPaths(value).map((rest) => `${key}.${rest}`),
      ]);

const KINDS = Object.keys(TEMPLATE_SCHEMAS) as TemplateKind[];

const ourPathsOf = (kind: TemplateKind): string[] =>
  ourPaths(z.toJSONSchema(TEMPLATE_SCHEMAS[kind], { io: 'input' }) as Schema);

/** Fields that templates of ours leave to others: each of them says the same in another way. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  // A patch has an id of its own, a file stands in the template, and each machine set its own kind.
  any: ['patches.name', 'patches.file'],
  Cluster: ['kubernetes.manifests.file', 'kubernetes.healthchecks.name', 'kubernetes.healthchecks.file'],
  ControlPlane: ['name', 'updateStrategy', 'deleteStrategy', 'machineClass'],
  Workers: ['bootstrapSpec'],
  Machine: [],
};

const isBelow = (path: string, roots: readonly string[]): boolean =>
  roots.some((root) => path === root || path.startsWith(`${root}.`));

describeOmni('the fields of a template', () => {
  const root = execFileSync('go', ['list', '-m', '-f', '{{.Dir}}', 'github.com/siderolabs/omni/client'], {
    cwd: join(__dirname, '../../tools/omni'),
    env: { ...process.env, ...GO_ENV },
    encoding: 'utf8',
  }).trim();
  const all = structs(join(root, 'pkg/template/internal/models'));

  it.each(KINDS)('of a %s are those of omnictl', (kind) => {
    const theirs = goPaths(all, kind);
    expect(theirs.length).toBeGreaterThan(5);
    const ours = ourPathsOf(kind);
    const later = NEW_FIELDS.filter(({ since: [major, minor] }) => major === 1 && minor > 9).map(({ path }) =>
      path.join('.'),
    );
    const leftOut = [...(LEFT_OUT['any'] ?? []), ...(LEFT_OUT[kind] ?? [])];
    expect(ours.filter((path) => !later.includes(path)).sort()).toEqual(
      theirs.filter((path) => !isBelow(path, leftOut)).sort(),
    );
    // What the table calls newer is really not there yet.
    expect(theirs.filter((path) => later.includes(path))).toEqual([]);
  });

  it.each(NEW_FIELDS.map(({ kind, path }) => [path.join('.'), kind] as const))(
    'with a version has %s of %s',
    (path, kind) => {
      const kinds = kind === 'any' ? KINDS : [kind];
      expect(kinds.filter((one) => ourPathsOf(one).includes(path))).not.toEqual([]);
    },
  );
});

import { secretNames, secretVariable, withSecrets } from '../../../model/cluster/secret-references';
import type { TalosDocument } from '../../../model/talos/documents';
import type { NodePatches } from '../../../model/templates/node-patches';
import { redact } from '../platform/redact';
import type { TalosAccess } from './access';
import type { Talosctl } from './talosctl';

/** Patches of each node with the secrets that they name: never written to a disk, and never shown. */
export interface FilledPatches {
  readonly patches: NodePatches['patches'];
  /** Values of the secrets. */
  readonly secrets: readonly string[];
}

/**
 * Fills in the secrets that patches name, from the environment.
 *
 * @returns the patches, or what the environment lacks, a line each; without a word of a value
 */
export function fillSecrets(
  patches: NodePatches['patches'],
  env: NodeJS.ProcessEnv,
): FilledPatches | { readonly problems: readonly string[] } {
  const named = [...patches].map(([node, documents]) => [node, names(documents)] as const);
  const all = [...new Set(named.flatMap(([, some]) => some))].sort();
  const values = Object.fromEntries(all.map((name) => [name, env[secretVariable(name)] ?? '']));
  const problems = all
    .filter((name) => values[name] === '')
    .map((name) => {
      const [node = ''] = named.find(([, some]) => some.includes(name)) ?? [];
      return `${secretVariable(name)} is not set, and the configuration of ${node} has its value; set it in the environment, or keep it in a SOPS file and run the command by npm run with-secrets`;
    });
  if (problems.length > 0) return { problems };
  const filled = [...patches].map(
    ([node, documents]) =>
      [node, documents.map((one) => ({ ...one, body: withSecrets(one.body, values) }))] as const,
  );
  return { patches: new Map(filled), secrets: Object.values(values) };
}

const names = (documents: readonly TalosDocument[]): string[] =>
  secretNames(documents.map(({ body }) => body));

/** The same access, whose messages show none of some values: Talos repeats a part of what it refuses. */
export function hiding(access: TalosAccess, secrets: readonly string[]): TalosAccess {
  if (secrets.length === 0) return access;
  const clean = async (answer: ReturnType<Talosctl['call']>): ReturnType<Talosctl['call']> => {
    const given = await answer;
    if (!('problem' in given)) return given;
    return { problem: { ...given.problem, message: redact(given.problem.message, secrets) } };
  };
  const { talosctl, ask } = access;
  return {
    ...access,
    talosctl: { call: (...given) => clean(talosctl.call(...given)) },
    ask: (...given) => clean(ask(...given)),
  };
}

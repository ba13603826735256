import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { decryptFile } from '../../../lib/project/sops';
import { bundlePath } from '../../../lib/talos/bundle';
import { sealBundle } from '../../../lib/talos/store-bundle';
import type { RunningNode } from '../../../../model/migrate/adopt/talos/running-node';
import { checkBundle, type SecretsBundle } from '../../../../model/talos/secrets-bundle';
import { list } from '../../../../model/support/text';
import { parseClear } from '../../../lib/talos/clear-bundle';
import type { Talosctl } from '../../../lib/talos/talosctl';

/** The secrets of a cluster. Where nodes do not give them away, others to compare configurations with, and in `why` the reason. */
type Recovered =
  | { readonly bundle: SecretsBundle }
  | { readonly bundle: SecretsBundle; readonly why: string }
  | { readonly problem: string };

/** Takes the secrets from the machine configuration of a control plane. They stay in memory. */
export async function bundleFrom(talosctl: Talosctl, nodes: readonly RunningNode[]): Promise<Recovered> {
  const source = nodes.find(({ isControlPlane }) => isControlPlane);
  const found = source ? await recovered(talosctl, source) : { why: 'no control plane was read' };
  if ('bundle' in found) return found;
  // Nobody lives by these: they are for comparing what is no secret.
  const others = await talosctl.call(['gen', 'secrets', '--output-file', '-']);
  if ('problem' in others) return { problem: others.problem.message };
  return { bundle: { text: others.text, kubernetesCa: '' }, why: found.why };
}

/** What becomes of the secrets. */
export interface Secrets {
  /** To be written. */
  readonly sealed?: { readonly file: string; readonly text: string };
  /** For a person. */
  readonly lines: readonly string[];
}

/**
 * Seals the secrets of the cluster into a file beside the definition, or finds that they are there already; of a cluster that does not give
 * them away, says what is to do.
 */
export async function sealedSecrets(
  cluster: string,
  definition: string,
  described: { readonly bundle?: SecretsBundle; readonly withoutBundle?: string },
): Promise<Secrets | { readonly problems: readonly string[] }> {
  const { bundle, withoutBundle } = described;
  const file = bundlePath(cluster, definition);
  const take = `npm run talos -- secrets ${cluster} --from <file>`;
  if (withoutBundle !== undefined)
    return {
      lines: [
        `Without the secrets of the cluster: ${withoutBundle}. Nodes can be neither changed nor added before they are there: ${take}`,
      ],
    };
  if (!bundle) return { lines: [] };
  if (!existsSync(file)) {
    const sealed = await sealBundle(file, bundle.text);
    return 'problem' in sealed
      ? { problems: [sealed.problem] }
      : { sealed, lines: [`${file}: the secrets of the cluster, from its control plane; commit it`] };
  }
  const there = await decryptFile(file);
  if ('problem' in there) return { problems: [there.problem] };
  const same = isDeepStrictEqual(there.value, parse(bundle.text));
  return same
    ? { lines: [`${file}: has the secrets of the cluster already`] }
    : { problems: [`${file} has other secrets than the cluster; move it away, and it is written anew`] };
}

async function recovered(
  talosctl: Talosctl,
  { text, hostname, address }: RunningNode,
): Promise<{ readonly bundle: SecretsBundle } | { readonly why: string }> {
  const who = hostname || address;
  const args = ['gen', 'secrets', '--from-controlplane-config', '/dev/stdin', '--output-file', '-'];
  const answer = await talosctl.call(args, { input: text });
  if ('problem' in answer) return { why: `talosctl finds none in the machine configuration of ${who}` };
  const clear = parseClear(answer.text, who);
  if ('problem' in clear) return { why: clear.problem };
  const checked = checkBundle(clear.value, clear.text, new Date());
  return 'bundle' in checked
    ? checked
    : { why: `the machine configuration of ${who} has not all of them: ${list(checked.problems)}` };
}

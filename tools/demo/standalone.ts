import { join, relative } from 'node:path';
import { run } from '../../scripts/lib/platform/exec';
import type { Simulation } from '../../simulators/pve';
import { bridgeTalos, startTalos } from '../../simulators/talos';
import { PROJECT_ROOT } from '../paths';
import { ensureTools, programPath } from '../programs';
import { addWorker } from './definition';
import { notShown, UP, type Lane, type Steps } from './lane';
import { heading, say, StepFailed } from './screen';

/**
 * Machines that run Talos for the real talosctl, and a key for the secrets of the cluster; `undefined` where the programs are not to be
 * had, which is told.
 *
 * @param folder of the definition, which the secrets lie beside
 */
export async function standaloneLane(
  simulation: Simulation,
  folder: string,
  maxLifeMs: number | undefined,
): Promise<Lane | undefined> {
  const tools = await ensureTools(['talosctl', 'talos-bench', 'sops', 'age-keygen']);
  if (!tools.ok) {
    notShown('the cluster by talosctl', tools);
    return undefined;
  }
  const talos = await startTalos(maxLifeMs === undefined ? {} : { maxLifeMs });
  const bridged = bridgeTalos(simulation.pve, talos, { boot: () => ({ afterMs: 1500 }) });
  heading('Nodes that answer the real talosctl, simulated, and a key for SOPS');
  return {
    env: { ...talos.env, ...(await ageKey(folder)) },
    show: (steps) => show(steps, folder),
    stop: async () => {
      await bridged.close();
      await talos.stop();
    },
  };
}

/** A key for SOPS, where a team has a `.sops.yaml`. @returns its environment */
async function ageKey(folder: string): Promise<Readonly<Record<string, string>>> {
  const file = join(folder, 'keys.txt');
  const { code, stderr } = await run(programPath('age-keygen'), ['-o', file]);
  const [recipient] = /age1\w+/.exec(stderr) ?? [];
  if (code !== 0 || recipient === undefined) throw new StepFailed(stderr);
  return { SOPS_AGE_KEY_FILE: file, SOPS_AGE_RECIPIENTS: recipient };
}

async function show({ definition, npm, edit }: Steps, folder: string): Promise<void> {
  await npm('The secrets of the cluster, made once, straight into a SOPS file', ['talos', 'secrets']);
  await npm('Who answers at the address of each node? They boot into maintenance', [
    'discover',
    '--wait',
    '2m',
  ]);
  await npm('Patches of each node, for review: no secret is in them', ['generate']);
  const kubeconfig = relative(PROJECT_ROOT, join(folder, 'kubeconfig'));
  const apply = ['apply', '--auto-approve', '--kubeconfig', kubeconfig];
  await npm('Configure node by node, begin etcd once, and wait until all are ready', apply);
  say((await npm('Who is who', ['status'])).stdout);
  edit(addWorker);
  await npm(`One more worker in ${definition}: talos-worker-4 on pve2, all in one`, UP);
}

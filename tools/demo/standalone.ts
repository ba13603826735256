import { join, relative } from 'node:path';
import { run } from '../../scripts/lib/platform/exec';
import type { Simulation } from '../../simulators/pve';
import { bridgeTalos, startTalos } from '../../simulators/talos';
import { PROJECT_ROOT } from '../paths';
import { ensureTools, KUBERNETES_PROGRAMS, missingTools, programPath } from '../programs';
import { addWorker } from './definition';
import { notShown, UP, type Lane, type Steps } from './lane';
import { heading, say, step, StepFailed } from './screen';

/**
 * Machines that run Talos for the real talosctl, with a real Kubernetes where that has been built, and a key for the secrets of the
 * cluster; `undefined` where the programs are not to be had, which is told.
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
  const kubernetes = missingTools(KUBERNETES_PROGRAMS).length === 0;
  const talos = await startTalos({ kubernetes, ...(maxLifeMs === undefined ? {} : { maxLifeMs }) });
  const bridged = bridgeTalos(simulation.pve, talos, { boot: () => ({ afterMs: 1500 }) });
  heading(
    `Nodes that answer the real talosctl, simulated, ${kubernetes ? 'on a real etcd and Kubernetes, ' : ''}and a key for SOPS`,
  );
  const env = { ...talos.env, ...(await ageKey(folder)) };
  const kubeconfig = relative(PROJECT_ROOT, join(folder, 'kubeconfig'));
  const nodes = async (): Promise<void> => {
    const args = ['get', 'nodes', '--kubeconfig', kubeconfig];
    if (kubernetes) say((await step('What Kubernetes says', 'kubectl', args, { env })).stdout);
  };
  return {
    env,
    show: async (steps) => {
      await show(steps, kubeconfig, nodes);
      if (!kubernetes) notShown('kubectl get nodes', { how: BUILD_KUBERNETES });
    },
    stop: async () => {
      await bridged.close();
      await talos.stop();
    },
  };
}

const BUILD_KUBERNETES = `it needs a real Kubernetes, which is built once, in up to half an hour: npm run tools -- ${KUBERNETES_PROGRAMS.join(' ')}`;

/** A key for SOPS, where a team has a `.sops.yaml`. @returns its environment */
async function ageKey(folder: string): Promise<Readonly<Record<string, string>>> {
  const file = join(folder, 'keys.txt');
  const { code, stderr } = await run(programPath('age-keygen'), ['-o', file]);
  const [recipient] = /age1\w+/.exec(stderr) ?? [];
  if (code !== 0 || recipient === undefined) throw new StepFailed(stderr);
  return { SOPS_AGE_KEY_FILE: file, SOPS_AGE_RECIPIENTS: recipient };
}

async function show(
  { definition, npm, edit }: Steps,
  kubeconfig: string,
  nodes: () => Promise<void>,
): Promise<void> {
  await npm('The secrets of the cluster, made once, straight into a SOPS file', ['talos', 'secrets']);
  await npm('Who answers at the address of each node? They boot into maintenance', [
    'discover',
    '--wait',
    '2m',
  ]);
  await npm('Patches of each node, for review: no secret is in them', ['generate']);
  const apply = ['apply', '--auto-approve', '--kubeconfig', kubeconfig];
  await npm('Configure node by node, begin etcd once, and wait until all are ready', apply);
  say((await npm('Who is who', ['status'])).stdout);
  await nodes();
  edit(addWorker);
  await npm(`One more worker in ${definition}: talos-worker-4 on pve2, all in one`, UP);
  await nodes();
}

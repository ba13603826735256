import { bridge, startOmni } from '../../simulators/omni';
import type { Simulation } from '../../simulators/pve';
import { ensureTools } from '../programs';
import { addWorker, dropWorker } from './definition';
import { notShown, UP, type Lane, type Steps } from './lane';
import { heading, say } from './screen';

/** A simulated Omni for the real omnictl; `undefined` where its programs are not to be had, which is told. */
export async function omniLane(
  simulation: Simulation,
  maxLifeMs: number | undefined,
): Promise<Lane | undefined> {
  const tools = await ensureTools(['omnictl', 'omni-server']);
  if (!tools.ok) {
    notShown('the cluster in Omni', tools);
    return undefined;
  }
  const server = await startOmni(maxLifeMs === undefined ? {} : { maxLifeMs });
  heading('An Omni, simulated, for the real omnictl');
  say(`  ${server.endpoint}`);
  const bridged = bridge(simulation.pve, server, { boot: () => ({ afterMs: 1500 }) });
  return {
    env: server.env,
    show,
    stop: async () => {
      await bridged.close();
      await server.stop();
    },
  };
}

/** The cluster grows, and loses a node that is named. */
async function show({ definition, npm, edit }: Steps): Promise<void> {
  await npm('Which machine in Omni is which VM? They boot and join', ['discover', '--wait', '2m']);
  await npm('The cluster template: a document for each node', ['generate']);
  await npm('Sync it, and wait until the cluster is healthy', ['apply', '--auto-approve']);
  const { stdout } = await npm('Who is who', ['status']);
  say(stdout);
  edit(addWorker);
  await npm(`One more worker in ${definition}: talos-worker-4 on pve2, all in one`, UP);
  edit(dropWorker);
  await npm('Without talos-worker-1, which nobody has named yet: refused', UP, 2);
  await npm('Named: it leaves Omni first, then its VM goes', [...UP, '--remove', 'talos-worker-1']);
}

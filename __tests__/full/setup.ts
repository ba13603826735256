import { prepareTools } from '../acceptance/setup';
import { ensureTools, KUBERNETES_PROGRAMS } from '../../tools/programs';

/** Builds a real etcd and Kubernetes, too, should they not be in the cache; the program says how long that takes. */
export default async function setup(): Promise<void> {
  await prepareTools();
  const tools = await ensureTools(KUBERNETES_PROGRAMS);
  if (!tools.ok) throw new Error(`the suites with a real Kubernetes cannot run: ${tools.how}`);
}

import { ensureMirror } from '../../tools/mirror';
import { ensureTools, KUBERNETES_PROGRAMS, missingTools } from '../../tools/programs';

export default async function setup(): Promise<void> {
  await prepareTools();
  if (process.env['npm_lifecycle_event'] === 'test') tellLeftOut();
}

/** Builds the pinned provider and the tools of Omni and Talos, and tells the suites how to use them. */
export async function prepareTools(): Promise<void> {
  const mirror = await ensureMirror(['proxmox']);
  if (mirror.ok) process.env['ACCEPTANCE_ENV'] = JSON.stringify(mirror.env);
  else skip('the suites that run the real provider', mirror.how);
  const tools = await ensureTools();
  if (tools.ok) process.env['ACCEPTANCE_TOOLS'] = tools.dir;
  else skip('the suites that run omnictl and talosctl', tools.how);
}

/** What `npm test` does not run even in CI: its programs take up to half an hour to build. */
function tellLeftOut(): void {
  const first =
    missingTools(KUBERNETES_PROGRAMS).length > 0 ? ', which first builds it in up to half an hour' : '';
  const how = `run them with: npm run test:full${first}`;
  process.stderr.write(`\n*** LEFT OUT: the suites on a real etcd and Kubernetes; ${how}\n\n`);
}

/** Says loudly what does not run; in CI that is a failure. */
function skip(what: string, how: string): void {
  if (process.env['CI']) throw new Error(`${what} cannot run: ${how}`);
  process.stderr.write(`\n*** SKIPPED: ${what}. ${how}\n\n`);
}

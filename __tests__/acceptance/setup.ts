import { ensureMirror } from '../../tools/mirror';
import { ensureTools } from '../../tools/programs';

/** Builds the pinned provider and the tools of Omni and Talos, and tells the suites how to use them. */
export default async function setup(): Promise<void> {
  const mirror = await ensureMirror(['proxmox']);
  if (mirror.ok) process.env['ACCEPTANCE_ENV'] = JSON.stringify(mirror.env);
  else skip('the suites that run the real provider', mirror.how);
  const tools = await ensureTools();
  if (tools.ok) process.env['ACCEPTANCE_TOOLS'] = tools.dir;
  else skip('the suites that run omnictl and talosctl', tools.how);
}

/** Says loudly what does not run; in CI that is a failure. */
function skip(what: string, how: string): void {
  if (process.env['CI']) throw new Error(`${what} cannot run: ${how}`);
  process.stderr.write(`\n*** SKIPPED: ${what}. ${how}\n\n`);
}

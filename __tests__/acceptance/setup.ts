import { ensureMirror } from '../../tools/mirror';

/** Builds the pinned provider if it is not there yet, and tells the suites how to use it. */
export default async function setup(): Promise<void> {
  const mirror = await ensureMirror(['proxmox']);
  if (mirror.ok) {
    process.env['ACCEPTANCE_ENV'] = JSON.stringify(mirror.env);
    return;
  }
  if (process.env['CI']) throw new Error(`the acceptance suite cannot run: ${mirror.how}`);
  process.stderr.write(
    `\n*** SKIPPED: the acceptance suite, which runs the real provider. ${mirror.how}\n\n`,
  );
}

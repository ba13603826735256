/**
 * `npm run demo [-- --standalone] [--keep]`: the main job from a definition to a healthy cluster and back to nothing, on simulated
 * Proxmox servers and a simulated Omni, or nodes without one, with the real Terraform, provider, omnictl and talosctl. Each step shows the command that a user types.
 */
import { Demo } from './demo';
import { processIo } from '../../model/diagnostics/io';
import { reportFailure } from '../../model/diagnostics/report';
import { heading, say, StepFailed } from './screen';

async function main(): Promise<void> {
  const kept = process.argv.includes('--keep');
  const demo = await Demo.start({ kept, standalone: process.argv.includes('--standalone') });
  try {
    await demo.run({ kept });
    heading('Read next');
    say(
      '  README.md: make it yours    docs/guide/first-cluster.md: the same on your servers    clusters/: more examples',
    );
  } finally {
    await demo.stop({ kept });
  }
}

main().catch((failure: unknown) => {
  process.exitCode = 1;
  if (failure instanceof StepFailed) processIo.err(`${failure.message}\n`);
  else reportFailure(failure);
});

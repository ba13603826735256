import { mkdirSync } from 'node:fs';
import { App, TerraformStack } from 'cdktf';
import { outputIn } from '../model/workspace';

/**
 * An app that writes all stacks or none: cdktf itself validates a stack when it has written the ones before it.
 *
 * @throws Error from `synth()` with the problems of all stacks, before a file is touched
 */
class CheckedApp extends App {
  override synth(): void {
    const problems = this.node.findAll().flatMap((construct) => {
      try {
        if (TerraformStack.isStack(construct)) construct.runAllValidations();
        return [];
      } catch (problem) {
        return [problem instanceof Error ? problem.message : String(problem)];
      }
    });
    if (problems.length > 0) throw new Error(problems.join('\n'));
    super.synth();
  }
}

/** The app of this project. It writes to `CDKTF_OUTDIR`, as under the cdktf CLI, and makes that folder. */
export function createApp(): App {
  const outdir = outputIn(process.env) ?? 'cdktf.out';
  mkdirSync(outdir, { recursive: true });
  return new CheckedApp({ outdir });
}

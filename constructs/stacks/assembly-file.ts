import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { TerraformStack } from 'cdktf';
import { ASSEMBLY_FILE } from '../../model/assembly/schema';
import { assemblyText } from '../../model/assembly/write';
import type { CheckedCluster } from '../../model/load/load';

/** Lets synth write the assembly of a cluster beside the `cdk.tf.json` of its stack, whatever app and stack that is. */
export function addAssembly(stack: TerraformStack, checked: CheckedCluster): void {
  const { synthesizer } = stack;
  stack.synthesizer = {
    synthesize(session) {
      synthesizer.synthesize(session);
      const { synthesizedStackPath } = session.manifest.forStack(stack);
      const file = join(session.outdir, dirname(synthesizedStackPath), ASSEMBLY_FILE);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, assemblyText(checked, stack.node.id, portablePlace(checked)));
    },
  };
}

/** Where a cluster is written, without what differs from machine to machine. */
function portablePlace({ draft: { source } }: CheckedCluster): string {
  if (source.kind === 'typescript') return source.file;
  const path = relative(process.cwd(), source.file);
  return path.startsWith('..') ? basename(path) : path.split(sep).join('/');
}

import type { AssembledCluster } from '../../../model/assembly/read';
import { secretsInState } from '../../../model/terraform/state-secrets';
import { readState } from '../../../model/terraform/state-file';
import { lastLine, redact } from '../platform/redact';
import { stackFolder } from '../project/workspace';
import { runTerraform } from '../terraform/terraform';

/** The secrets of a cluster of `engine: terraform`, from its state; as a value and as text. */
export async function readSecretsOfState({
  stack,
  cluster: { name },
}: AssembledCluster): Promise<
  { readonly value: unknown; readonly text: string } | { readonly problem: string }
> {
  const dir = stackFolder(stack);
  const pulled = await runTerraform({ dir }, ['state', 'pull']);
  if (pulled.code !== 0)
    return {
      problem: `${dir}: terraform state pull fails: ${redact(lastLine(pulled.stderr)) || 'without a word'}`,
    };
  const read = readState(pulled.stdout);
  if ('problem' in read) return { problem: `${dir}: what terraform state pull printed ${read.problem}` };
  const value = secretsInState(read.state);
  return value === undefined
    ? { problem: `the state of ${name} has no secrets yet; Terraform makes them: npm run up -- ${name}` }
    : { value, text: JSON.stringify(value) };
}

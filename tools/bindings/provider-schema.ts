/** Asks a real provider for its schema through Terraform. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../scripts/lib/platform/exec';
import { terraformBinary } from '../../scripts/lib/terraform/terraform';
import { sourceAddress } from './allow-list';
import { temporaryFolder } from './generate';

/**
 * `terraform init` and `terraform providers schema -json` in a temporary folder. `env` decides where the provider
 * comes from: the local mirror, or (without TF_CLI_CONFIG_FILE) wherever the user's Terraform gets it.
 */
export async function askProviderSchema(
  name: string,
  source: string,
  version: string,
  env: Readonly<Record<string, string>>,
): Promise<unknown> {
  const folder = temporaryFolder('schema-');
  try {
    // The full address: OpenTofu would look for the short one on its own registry and answer with that name.
    const required = { [name]: { source: sourceAddress(source), version } };
    const configuration = { terraform: { required_providers: required } };
    writeFileSync(join(folder, 'main.tf.json'), JSON.stringify(configuration, null, 2));
    await terraform(['init', '-input=false', '-no-color', '-backend=false'], folder, env);
    return JSON.parse(await terraform(['providers', 'schema', '-json', '-no-color'], folder, env));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function terraform(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const result = await run(terraformBinary(), args, { cwd, env });
  if (result.code !== 0) {
    throw new Error(`${terraformBinary()} ${args.join(' ')} failed:\n${result.stderr.trim()}`);
  }
  return result.stdout;
}

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatDiagnostic } from '../../../../model/diagnostics/diagnostics';
import { loadInventory } from '../../../../scripts/lib/terraform/inventory-source';
import { baseInventory } from '../../../testing/inventory';
import { temporaryFolder } from '../../../testing/terraform';

const INVENTORY = baseInventory();
const before = process.cwd();
beforeEach(() => {
  process.env['CDKTF_OUTDIR'] = 'cdktf.out';
});
afterEach(() => {
  process.chdir(before);
  delete process.env['CDKTF_OUTDIR'];
  delete process.env['TERRAFORM_BINARY_NAME'];
});

/** A working directory with a synthesized stack, and a Terraform that does what a shell script says. */
function stack(terraform: string): void {
  const folder = temporaryFolder();
  process.chdir(folder);
  mkdirSync(join('cdktf.out/stacks/home'), { recursive: true });
  writeFileSync('cdktf.out/stacks/home/cdk.tf.json', '{}');
  writeFileSync('terraform.sh', `#!/bin/sh\n${terraform}\n`);
  chmodSync('terraform.sh', 0o755);
  process.env['TERRAFORM_BINARY_NAME'] = join(folder, 'terraform.sh');
}

const told = async (cluster = 'home', inventory?: string): Promise<string[]> => {
  const result = await loadInventory({ cluster, ...(inventory === undefined ? {} : { inventory }) });
  if (!('diagnostics' in result)) return [];
  const binary = process.env['TERRAFORM_BINARY_NAME'] ?? 'terraform.sh';
  return result.diagnostics.map((found) => formatDiagnostic(found).replaceAll(binary, 'TF'));
};

const FOLDER = 'cdktf.out/stacks/home';
const SOURCE = `${FOLDER}: terraform output`;
const NO_OUTPUT = `echo 'Error: Output "machine_inventory" not found' >&2; exit 1`;

/** A state with the VMs of these nodes. */
function stateOf(names: readonly string[]) {
  const resources = names.map((name) => ({
    mode: 'managed',
    type: 'proxmox_virtual_environment_vm',
    name,
    instances: [{ attributes: { name } }],
  }));
  return { version: 4, terraform_version: '1.11.4', serial: 1, lineage: '', resources };
}

describe('the inventory of a stack', () => {
  /** A Terraform whose state has the VMs of the inventory but those named. */
  function applied(...missing: readonly string[]): void {
    stack(
      `case "$*" in "output -json -no-color machine_inventory") cat ../../../inventory.json;; "state pull") cat ../../../state.json;; *) exit 1;; esac`,
    );
    const names = Object.keys(INVENTORY).filter((name) => !missing.includes(name));
    writeFileSync('inventory.json', JSON.stringify(INVENTORY));
    writeFileSync('state.json', JSON.stringify(stateOf(names)));
  }

  it('D11: comes from terraform in the folder of the stack, never from a state file', async () => {
    applied();
    expect(await loadInventory({ cluster: 'home' })).toEqual({ inventory: INVENTORY, warnings: [] });
  });

  it('has no machine whose VM the state does not have, whatever the outputs say', async () => {
    applied('cp-2');
    const read = await loadInventory({ cluster: 'home' });
    if ('diagnostics' in read) throw new Error(JSON.stringify(read));
    expect(Object.keys(read.inventory)).toEqual(['cp-1', 'cp-3', 'gpu-1', 'worker-1']);
    expect(read.warnings.map(formatDiagnostic)).toEqual([
      `${SOURCE}: warning[inventory-stale] cp-2: its VM does not exist yet: the last apply ended before it made it; run npm run up -- home`,
    ]);
    applied(...Object.keys(INVENTORY));
    expect(await told()).toEqual([
      `${SOURCE}: error[state-empty] no VM exists yet: the last apply ended before it made one; run npm run up -- home`,
    ]);
  });

  it.each([
    [
      'a folder that is not initialised',
      `echo 'Error: Backend initialization required, please run "terraform init"' >&2; exit 1`,
      `${SOURCE}: error[stack-not-initialised] the stack is not initialised; run TF -chdir=${FOLDER} init`,
    ],
    [
      'an empty state',
      `case "$*" in *-json*) ${NO_OUTPUT};; esac`,
      `${SOURCE}: error[state-empty] no VM exists yet; run TF -chdir=${FOLDER} apply`,
    ],
    [
      'a state without this output',
      `case "$*" in *-json*) ${NO_OUTPUT};; esac; echo '${JSON.stringify(stateOf(['cp-1']))}'`,
      `${SOURCE}: error[output-missing] the last apply ended before it had made all VMs, so that the state has no output machine_inventory; run TF -chdir=${FOLDER} apply`,
    ],
    [
      'a backend that does not answer',
      `printf '╷\\n│ Error: Failed to load state: connection refused\\n' >&2; exit 1`,
      `${SOURCE}: error[terraform-failed] terraform failed: Failed to load state: connection refused`,
    ],
  ])('tells of %s', async (_, script, message) => {
    stack(script);
    expect(await told()).toEqual([message]);
  });

  it('tells where there is no stack, or none of the name', async () => {
    stack('exit 1');
    expect(await told('hme')).toEqual([
      'cdktf.out/stacks/hme: error[stack-not-synthesized] there is no such stack; synthesized are home; did you mean "home"?',
    ]);
    process.chdir(temporaryFolder());
    expect(await told()).toEqual([
      `${FOLDER}: error[stack-not-synthesized] the stack is not synthesized; run npm run synth, then apply it`,
    ]);
  });

  it('tells where Terraform is not installed', async () => {
    stack('');
    process.env['TERRAFORM_BINARY_NAME'] = '/nowhere/tofu';
    expect(await told()).toEqual([
      `${SOURCE}: error[terraform-missing] TF is not installed; install Terraform or OpenTofu, name it in TERRAFORM_BINARY_NAME, or give --inventory FILE`,
    ]);
  });
});

describe('the inventory of a file', () => {
  it('that is not there', async () => {
    expect(await told('home', 'no.json')).toEqual([
      'no.json: error[inventory-format] cannot be read (ENOENT); name a file that holds the inventory',
    ]);
  });
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { limitOf, type Limit } from '../../model/cluster/definition/keys';
import { dataDisk, vmSettings } from '../../model/cluster/definition/schema-nodes';
import { describeTerraform, temporaryFolder, terraform } from '../testing/terraform';

/** Arguments of the provider, our limits of them, and where in a VM they stand. */
const ARGUMENTS: Readonly<Record<string, readonly [Limit, (value: number) => object]>> = {
  cores: [limitOf(vmSettings.cpu_cores), (cores) => ({ cpu: [{ cores }] })],
  memory: [limitOf(vmSettings.memory_mb), (dedicated) => ({ memory: [{ dedicated }] })],
  os_disk: [limitOf(vmSettings.os_disk_size_gb), (size) => ({ disk: [{ interface: 'scsi0', size }] })],
  // 0 is none.
  data_disk: [
    { ...limitOf(dataDisk.shape.size_gb), min: 1 },
    (size) => ({ disk: [{ interface: 'scsi1', size }] }),
  ],
};

interface Diagnostic {
  readonly severity: string;
  readonly address?: string;
}

describeTerraform('limits of the real provider', () => {
  it('are ours: it takes the lowest and the highest, and nothing beyond', async () => {
    const vms: Record<string, object> = {};
    for (const [name, [{ min, max }, argument]] of Object.entries(ARGUMENTS)) {
      const values = {
        lowest: min,
        below: min - 1,
        ...(max === Infinity ? {} : { highest: max, above: max + 1 }),
      };
      for (const [which, value] of Object.entries(values))
        vms[`${name}_${which}`] = { node_name: 'pve1', ...argument(value) };
    }
    const dir = temporaryFolder();
    const json = {
      terraform: { required_providers: { proxmox: { source: 'bpg/proxmox' } } },
      provider: { proxmox: [{ endpoint: 'https://10.0.0.5:8006/', api_token: 'a@pve!b=c' }] },
      resource: { proxmox_virtual_environment_vm: vms },
    };
    writeFileSync(join(dir, 'main.tf.json'), JSON.stringify(json));
    expect((await terraform(dir, ['init', '-input=false'])).code).toBe(0);
    const { stdout } = await terraform(dir, ['validate', '-json']);
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] };
    const refused = diagnostics
      .filter(({ severity }) => severity === 'error')
      .map(({ address }) => address?.split('.')[1]);
    const beyond = Object.keys(vms).filter((name) => /_(below|above)$/.test(name));
    expect([...new Set(refused)].sort()).toEqual(beyond.sort());
  });
});

/** VMs that are in no cluster: made, changed and destroyed by the real Terraform and provider. */
import { join } from 'node:path';
import {
  BaseStack,
  createApp,
  ProxmoxServers,
  ProxmoxVm,
  type ProxmoxVmProps,
  type VmArguments,
} from '../../../constructs';
import { DEFAULT_SECRET, DEFAULT_TOKEN, startPve, type Pve, type Site } from '../../../simulators/pve';
import { Terraform, writesOf } from '../../simulators/terraform';
import { describeTerraform, temporaryFolder } from '../../testing/terraform';

/** A subclass, as a user writes one. */
class Firewalled extends ProxmoxVm {
  protected override network(): VmArguments {
    const { networkDevice } = super.network();
    return { networkDevice: (networkDevice as object[]).map((nic) => ({ ...nic, firewall: true })) };
  }
}

describeTerraform('VMs without a cluster', () => {
  let pve: Pve;
  let site: Site;
  let folder: string;
  let terraform: Terraform;

  const synth = (
    vms: Readonly<Record<string, Partial<ProxmoxVmProps>>>,
    Class: typeof ProxmoxVm<ProxmoxVmProps> = ProxmoxVm,
  ): string => {
    process.env['CDKTF_OUTDIR'] = join(folder, 'out');
    const app = createApp();
    const stack = new BaseStack(app, 'lone');
    ProxmoxServers.of(stack).add({ pve1: { apiUrl: site.endpoint, nodeName: 'pve1', tlsInsecure: true } });
    for (const [id, changes] of Object.entries(vms))
      new Class(stack, id, {
        server: 'pve1',
        vmId: 200,
        disks: [{ storage: 'local-lvm', sizeGb: 20 }],
        nics: [{ bridge: 'vmbr0' }],
        ...changes,
      });
    app.synth();
    return join(folder, 'out', 'stacks', 'lone');
  };

  /** Applies, and checks that nothing is left to do. @returns the requests that changed something */
  const apply = async (): Promise<string[]> => {
    const since = site.requests.length;
    await terraform.apply();
    const writes = writesOf(site, since);
    expect(await terraform.plan()).toMatchObject({ code: 0 });
    expect(site.violations).toEqual([]);
    return writes;
  };

  const names = (): unknown[] => [...site.state.vms.values()].map(({ config }) => config['name']);

  beforeAll(async () => {
    folder = temporaryFolder();
    pve = await startPve({ sites: [{ name: 'pve1' }] });
    [site] = Object.values(pve.sites) as [Site];
    terraform = await Terraform.in(synth({ dns: {} }), {
      TF_VAR_proxmox_pve1_api_token: `${DEFAULT_TOKEN}=${DEFAULT_SECRET}`,
    });
  });

  afterAll(() => pve.close());

  it('are made, and the next plan is empty', async () => {
    expect(await apply()).toContain('POST qemu');
    expect(names()).toEqual(['dns']);
  });

  it('change in place, and keep their identity', async () => {
    const before = site.state.vms.get(200)?.config;
    synth({ dns: { cpuCores: 8 } }, Firewalled);

    expect(await terraform.planned()).toEqual(['update proxmox_virtual_environment_vm.dns']);
    await apply();
    const { config } = site.state.vms.get(200) ?? {};
    expect(config).toMatchObject({ cores: 8, smbios1: before?.['smbios1'], vmgenid: before?.['vmgenid'] });
    expect(String(config?.['net0'])).toContain('firewall=1');
    expect(String(config?.['net0'])).toContain(String(before?.['net0']).split(',')[0]);
  });

  it('are not made of another VM, which Terraform would take over', async () => {
    synth({ other: {} });

    expect(await terraform.refused()).toContain('Give other a free vmId');
    expect(names()).toEqual(['dns']);
  });

  it('get another name where somebody says so, and keep their identity then, too', async () => {
    const before = site.state.vms.get(200)?.config;
    synth({ dns: { name: 'ns1', guards: false } });
    expect(await terraform.planned()).toEqual(['update proxmox_virtual_environment_vm.dns']);
    await apply();

    expect(site.state.vms.get(200)?.config).toMatchObject({ name: 'ns1', smbios1: before?.['smbios1'] });
    synth({ dns: { name: 'ns1' } });
    expect(await terraform.planned()).toEqual([]);
  });

  it('are destroyed, and nothing else', async () => {
    synth({ dns: { name: 'ns1' }, second: { vmId: 201 } });
    await apply();
    synth({ second: { vmId: 201 } });
    await apply();
    expect(names()).toEqual(['second']);
    await terraform.destroy();
    expect(names()).toEqual([]);
  });
});

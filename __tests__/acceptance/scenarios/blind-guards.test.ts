import { clusterMember, definitionOf, Scenario, serverOf } from '../../testing/scenario';
import { describeTerraform } from '../../testing/terraform';

const allow = (entry: string): string => `-var=allow=${JSON.stringify([entry])}`;

/** Takes a privilege from all tokens. */
function withhold(scenario: Scenario, privilege: string): void {
  for (const { state } of scenario.sites)
    for (const account of state.accounts.values())
      account.acl = Object.fromEntries(
        Object.entries(account.acl).map(([path, held]) => [path, held.filter((name) => name !== privilege)]),
      );
}

/** What a guard cannot see, it says: an answer that is shorter than the truth is not taken for the truth. */
describeTerraform('a plan whose token sees no volumes', () => {
  it('is refused with the privilege that lacks, also where no VM is read', async () => {
    const scenario = await Scenario.start(definitionOf({ pve1: serverOf(11, 'pve1') }, { workers: 1 }));
    await scenario.apply();
    withhold(scenario, 'VM.Config.Disk');
    withhold(scenario, 'Datastore.Allocate');

    expect(await scenario.terraform.refused('plan')).toContain('403');
    expect(await scenario.terraform.refused('plan', '-refresh=false')).toContain(
      `Nobody sees a disk of VM 1100 of w-1 on the storages of the definition, so that a disk could be detached unseen. Give the token VM.Config.Disk on /vms/1100 and Datastore.Audit on the storages of its disks; if they are on another storage, name that one. [live-disk-unmanaged disks:w-1] To go on unseen: -var 'allow=["disks:w-1"]'`,
    );
    const both = `-var=allow=["disks:w-1","disks:cp-1"]`;
    expect(await scenario.terraform.plan('-refresh=false', both)).toMatchObject({ code: 0 });
  });
});

describeTerraform('a plan while a node of the Proxmox cluster is off', () => {
  it('is refused, unless that node is named', async () => {
    const { storage_os, storage_data, ...bare } = clusterMember(13, 'dc3', 'dc');
    const members = { dc1: clusterMember(11, 'dc1', 'dc'), dc2: clusterMember(12, 'dc2', 'dc') };
    // Of a server that holds no disk of the definition, nothing else is asked.
    const scenario = await Scenario.start({
      ...definitionOf(members, { controlPlanes: 1, workers: 1 }),
      proxmox_servers: { ...members, dc3: bare },
    });
    await scenario.apply();
    const [site] = scenario.sites;
    site?.state.vms.set(1101, {
      vmid: 1101,
      node: 'dc3',
      status: 'running',
      config: { name: 'database', cores: 1, memory: '512' },
    });
    await site?.nodeDown('dc3');
    await scenario.change((d) => void d.workers?.push({ name: 'w-2', proxmox_server: 'dc2' }));

    const text = await scenario.terraform.refused('plan', '-refresh=false');
    expect(text).toContain(
      `Node dc3 of Proxmox cluster dc is off: nobody sees its VMs, so that Terraform could take one over or make it a second time. Start the node, then plan again. [live-server-access offline:dc3] To plan without it: -var 'allow=["offline:dc3"]'`,
    );
    expect((await scenario.terraform.plan('-refresh=false', allow('offline:dc3'))).code).toBe(2);

    await site?.nodeUp('dc3');
    expect(await scenario.terraform.refused('plan')).toContain('is called "database", not "w-2"');
  });
});

describeTerraform('a qcow2 on LVM whose size nobody tells, because it is not active there', () => {
  it('counts as a disk', async () => {
    const scenario = await Scenario.start(definitionOf({ pve1: serverOf(11, 'pve1') }, { workers: 1 }));
    await scenario.apply();
    const volid = 'tank:vm-1100-disk-7.qcow2';
    scenario.sites[0]?.state
      .storage('pve1', 'tank')
      .volumes.set(volid, { volid, content: 'images', format: 'qcow2', size: 0, vmid: 1100 });

    expect(await scenario.terraform.refused('plan')).toContain(
      'VM 1100 of w-1 has 3 disks with 70 GiB, and the definition has 2 with 70',
    );
  });
});

import { APPLY_PARALLELISM } from '../../../model/terraform/parallelism';
import type { DefinitionDraft } from '../../../model/cluster/definition/schema';
import type { Site } from '../../../simulators/pve';
import { clusterMember, definitionOf, Scenario, serverOf } from '../../testing/scenario';
import { describeTerraform } from '../../testing/terraform';
import { writesOf } from '../../simulators/terraform';

const url = (build: string, host = 'images.example.com'): string =>
  `https://${host}/talos-v1.11.5-${build}-nocloud-amd64.iso`;

const image = (values: NonNullable<DefinitionDraft['images']>[string]) => (d: DefinitionDraft) =>
  void (d.images = { talos: values });

const isos = ({ state }: Site): string[] =>
  state
    .volumes()
    .filter(({ content }) => content === 'iso')
    .map(({ volid }) => volid)
    .sort();

/** Every running VM could be started again: what its CD drive names is there. */
function expectStartable(scenario: Scenario): void {
  const files = new Set(scenario.sites.flatMap(isos));
  for (const { config } of Object.values(scenario.vms())) {
    const [file = ''] = String(config['ide2'] ?? 'none').split(',');
    if (file !== 'none') expect([...files]).toContain(file);
  }
}

/** Servers that cannot get an address. */
const gone = (site: Site, address: string) =>
  site.faults.add({
    path: '/nodes/*/query-url-metadata',
    parameters: { url: address },
    times: 100,
    status: 500,
    message: "invalid server response: '404'",
  });

const start = (talos: NonNullable<DefinitionDraft['images']>[string] = { url: url('a') }) =>
  Scenario.start(definitionOf({ pve1: serverOf(11, 'pve1') }, { workers: 1 }, { images: { talos } }));

describeTerraform('another version of an image', () => {
  it('that cannot be downloaded leaves the old one under its VMs, and the next apply goes on', async () => {
    const scenario = await start();
    await scenario.apply();
    const [site] = scenario.sites as [Site];
    gone(site, url('b'));
    await scenario.change(image({ url: url('b') }));
    expect(await scenario.terraform.refused()).toContain("invalid server response: '404'");
    expect(isos(site)).toEqual(['local:iso/talos-v1.11.5-a-nocloud-amd64-lab.iso']);
    expectStartable(scenario);

    site.faults.clear();
    const { writes, text } = await scenario.apply();
    expect(text).toContain('1 added, 2 changed, 1 destroyed');
    expect(writes[0]).toBe('POST storage/local/download-url');
    expect(writes.slice(1, 3).sort()).toEqual(['PUT qemu/1000/config', 'PUT qemu/1100/config']);
    expect(writes.slice(3)).toEqual([
      'DELETE storage/local/content/local:iso/talos-v1.11.5-a-nocloud-amd64-lab.iso',
    ]);
    expectStartable(scenario);
  });

  it('stays beside the old one while a VM cannot be changed', async () => {
    const scenario = await start();
    await scenario.apply();
    const [site] = scenario.sites as [Site];
    site.faults.add({ method: 'PUT', path: '/nodes/*/qemu/1100/config', times: 10, status: 500 });
    await scenario.change(image({ url: url('b') }));
    await scenario.terraform.refused();
    expectStartable(scenario);
    site.faults.clear();
    await scenario.apply();
    expect(isos(site)).toEqual(['local:iso/talos-v1.11.5-b-nocloud-amd64-lab.iso']);
  });

  it('goes only after the VMs have another image, or none', async () => {
    const scenario = await start();
    await scenario.change((d) => {
      d.images = { talos: { url: url('a') }, next: { url: url('b') } };
    });
    await scenario.apply();
    await scenario.change((d) => {
      for (const node of [...(d.control_planes ?? []), ...(d.workers ?? [])]) node.image = 'next';
    });
    const { writes } = await scenario.apply();
    expect(writes.at(-1)).toMatch(/^DELETE .*-a-/);
    expectStartable(scenario);
  });
});

describeTerraform('the same file from elsewhere', () => {
  const fileName = 'talos-v1.11.5.iso';

  it.each([
    ['a mirror', { url: url('a', 'mirror.example.com') }],
    ['a mirror that answers 404', { url: url('a', 'gone.example.com') }],
  ])('%s: nothing to do', async (_, talos) => {
    const scenario = await start();
    await scenario.apply();
    gone(scenario.sites[0] as Site, url('a', 'gone.example.com'));
    await scenario.change(image(talos));
    expect((await scenario.apply()).writes).toEqual([]);
  });

  it.each([
    ['another address', { url: url('b') }, 'was downloaded from another address'],
    [
      'another checksum',
      { url: url('a'), checksum: `sha256:${'b'.repeat(64)}` },
      'was downloaded with another checksum, or with none',
    ],
  ])('%s under the same name: refused, with the repair', async (_, talos, expected) => {
    const scenario = await start({ url: url('a'), file_name: fileName });
    await scenario.apply();
    const [site] = scenario.sites as [Site];
    const since = site.requests.length;
    await scenario.change(image({ ...talos, file_name: fileName }));
    const text = await scenario.terraform.refused();
    expect(text).toContain(expected);
    expect(text).toContain('give the new image another file_name');
    expect(writesOf(site, since)).toEqual([]);
    expect(isos(site)).toEqual([`local:iso/${fileName}`]);

    const { code, stdout } = await scenario.cli('review', 'lab');
    expect({ code, stdout }).toMatchObject({ code: 2, stdout: expect.stringContaining(expected) as string });
  });

  it('with a new token in its address: nothing to do', async () => {
    const scenario = await start({ url_variable: 'talos_image_url', file_name: fileName });
    scenario.terraform.set('TF_VAR_talos_image_url', `${url('a')}?token=one`);
    await scenario.apply();
    scenario.terraform.set('TF_VAR_talos_image_url', `${url('a')}?token=two`);
    expect((await scenario.apply()).writes).toEqual([]);
  });
});

describeTerraform('an image storage that the servers of a Proxmox cluster have in common', () => {
  const member = (host: number, name: string) => ({
    ...clusterMember(host, name, 'dc'),
    storage_images: 'nfs',
  });
  const servers = { dc1: member(11, 'dc1'), dc2: member(12, 'dc2') };
  const file = 'nfs:iso/talos-v1.11.5-a-nocloud-amd64-lab.iso';
  const images = { talos: { url: url('a') } };
  const nodes = (controlPlane: string, worker: string) => (d: DefinitionDraft) => {
    for (const node of d.control_planes ?? []) node.proxmox_server = controlPlane;
    for (const node of d.workers ?? []) node.proxmox_server = worker;
  };
  /** A control plane on dc1, a worker on dc2. */
  const begin = async (rest: DefinitionDraft) => {
    const definition = definitionOf(servers, { workers: 1 }, { images, ...rest });
    nodes('dc1', 'dc2')(definition);
    const scenario = await Scenario.start(definition);
    // Where nobody says that the storage is shared, two downloads of one file at once take it from each other.
    await scenario.apply('-parallelism=1');
    return scenario;
  };

  it('keeps the file when a server loses its last node, whichever', async () => {
    const scenario = await begin({ shared_storages: { nfs: {} } });
    const [site] = scenario.sites as [Site];
    expect(
      scenario.sites.flatMap(({ requests }) => requests.filter(({ path }) => path.endsWith('/download-url'))),
    ).toHaveLength(1);
    await scenario.change((d) => void (d.workers = []));
    await scenario.apply();
    expect(isos(site)).toEqual([file]);

    // The control plane is migrated by hand, and the server that had downloaded it is taken away.
    scenario.vm('cp-1').node = 'dc2';
    await scenario.change((d) => {
      nodes('dc2', 'dc2')(d);
      delete d.proxmox_servers?.['dc1'];
    });
    expect((await scenario.apply()).writes).toEqual([]);
    expectStartable(scenario);

    await scenario.terraform.destroy();
    scenario.expectNothingLeft();
  });

  it('takes over what the state has from before anybody said so', async () => {
    const scenario = await begin({});
    await scenario.change((d) => void (d.shared_storages = { nfs: {} }));
    const { text, writes } = await scenario.apply();
    expect(text).toContain('0 added, 0 changed, 0 destroyed');
    expect(writes).toEqual([]);
    expect(await scenario.terraform.addresses()).toEqual(
      expect.arrayContaining(['proxmox_download_file.talos_nfs']),
    );
    await scenario.change((d) => void (d.workers = []));
    await scenario.apply();
    expectStartable(scenario);
  });

  it('that nobody says is one: a review refuses to delete the file under the other server', async () => {
    const scenario = await begin({});
    await scenario.change((d) => void (d.workers = []));
    const { code, stdout } = await scenario.cli('review', 'lab', '--allow', 'remove:w-1');
    expect({ code, stdout }).toMatchObject({
      code: 2,
      stdout: expect.stringContaining(
        `blocked[image-in-use] ${file.split('/')[1]}: ${file} on dc2 is deleted and stays in the CD drive of cp-1`,
      ) as string,
    });
  });

  it('is filled anew before the old file goes', async () => {
    const scenario = await begin({ shared_storages: { nfs: {} } });
    const [site] = scenario.sites as [Site];
    gone(site, url('b'));
    await scenario.change(image({ url: url('b') }));
    await scenario.terraform.refused();
    expect(isos(site)).toEqual([file]);
    site.faults.clear();
    const { writes } = await scenario.apply();
    expect(writes[0]).toMatch(/^POST .*download-url$/);
    expect(writes.at(-1)).toBe(`DELETE storage/nfs/content/${file}`);
    expectStartable(scenario);
  });
});

describeTerraform('ten VMs on a shared storage that takes its time', () => {
  it('are made four at a time, and what more at once have failed is made by the next apply', async () => {
    const servers = { dc1: clusterMember(11, 'dc1', 'dc'), dc2: clusterMember(12, 'dc2', 'dc') };
    const scenario = await Scenario.start(definitionOf(servers, { workers: 9 }), {
      allocateMs: { ceph: 70 },
      storageLock: { timeoutMs: 2000, pollMs: 100 },
    });
    expect(await scenario.terraform.refused('apply', '-parallelism=10')).toContain(
      'got lock request timeout',
    );
    const { text } = await scenario.apply(`-parallelism=${APPLY_PARALLELISM}`);
    expect(text).toContain('Apply complete!');
    expect(Object.keys(scenario.vms())).toHaveLength(10);
    await scenario.terraform.destroy();
    expect(await scenario.terraform.apply(`-parallelism=${APPLY_PARALLELISM}`)).toContain('Apply complete!');
  });
});

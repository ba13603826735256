import { parseYaml } from '../../../model/cluster/definition/yaml';
import type { Cluster } from '../../../model/cluster/cluster';
import { formatDiagnostic } from '../../../model/diagnostics/diagnostics';
import { initialDefinition } from '../../../model/init/definition';
import { propose, type OwnedElsewhere, type Proposal } from '../../../model/init/propose';
import type { Survey } from '../../../model/init/survey';
import type { Wishes } from '../../../model/init/wishes';
import { checkDefinitions } from '../../../model/load/load';
import { seenGuest, seenServer, surveyOf, wishes } from '../../testing/survey';

function proposed(survey: Survey, changes: Partial<Wishes> = {}, others?: OwnedElsewhere): Proposal {
  const made = propose(survey, wishes(changes), others);
  if ('problems' in made) throw new Error(made.problems.join('\n'));
  return made;
}

const problems = (survey: Survey, changes: Partial<Wishes> = {}): readonly string[] => {
  const made = propose(survey, wishes(changes));
  return 'problems' in made ? made.problems : [];
};

/** The definition, which no rule has anything against. */
function clusterOf(survey: Survey, changes: Partial<Wishes> = {}): Cluster {
  const text = initialDefinition(proposed(survey, changes), '../schema.json');
  const { clusters, diagnostics } = checkDefinitions([parseYaml('home.yaml', text)]);
  expect(diagnostics.map(formatDiagnostic)).toEqual([]);
  const [only] = clusters;
  if (!only) throw new Error(text);
  return only.cluster;
}

const member = (name: string) =>
  seenServer(name, {
    proxmox_cluster: 'dc',
    storages: [
      { name: 'local', type: 'dir', content: ['iso'], shared: false, free_gb: 90 },
      { name: 'ceph-vm', type: 'rbd', content: ['images'], shared: true, free_gb: 5000 },
    ],
  });

const three = () => surveyOf({ a: member('a'), b: member('b'), c: member('c') });

const GPU = { path: '0000:01:00.0', id: '10de:2204', iommu_group: 14, subsystem_id: '10de:1454' };

describe('a proposed definition, which has no problem and no warning', () => {
  it('is one node of each kind on a single server', () => {
    const { nodes, management } = clusterOf(surveyOf());
    expect(nodes.map(({ name, vmId, nics }) => [name, vmId, nics[0]?.ip])).toEqual([
      ['home-control-1', 1000, '192.168.10.11'],
      ['home-worker-1', 1100, '192.168.10.21'],
    ]);
    expect(management).toMatchObject({ kind: 'standalone', vip: '192.168.10.10' });
  });

  it('names Omni, and takes the image from a variable', () => {
    const cluster = clusterOf(surveyOf(), { management: 'omni', omniEndpoint: 'https://omni.example.com' });
    expect(cluster.management).toMatchObject({ kind: 'omni' });
    expect(cluster.images.map(({ source }) => source)).toMatchObject([
      { kind: 'download', url: { variable: 'talos_image_url' } },
    ]);
  });

  it('spreads control planes and workers over the servers of a Proxmox cluster', () => {
    const { nodes } = clusterOf(three(), { controlPlanes: 3, workers: 3 });
    const serversOf = (role: string) =>
      nodes.filter((node) => node.role === role).map(({ server }) => server.key);
    expect(serversOf('control-plane').sort()).toEqual(['a', 'b', 'c']);
    expect(serversOf('worker').sort()).toEqual(['a', 'b', 'c']);
    expect(new Set(nodes.flatMap(({ disks }) => disks.map(({ storage }) => storage)))).toEqual(
      new Set(['ceph-vm']),
    );
  });

  it('says which storage of images several servers have in common', () => {
    const shared = { name: 'nfs', type: 'nfs', content: ['iso'], shared: true, free_gb: 500 };
    const disks = { name: 'zfs', type: 'zfspool', content: ['images'], shared: false, free_gb: 500 };
    const one = (name: string) => ({ ...member(name), storages: [shared, disks] });
    const cluster = clusterOf(surveyOf({ a: one('a'), b: one('b') }), { workers: 2 });
    expect(cluster.servers.map(({ sharedImages }) => sharedImages?.servers)).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  it('gives a GPU that nobody has a mapping, and its worker the driver', () => {
    const survey = surveyOf({ pve1: seenServer('pve1', { devices: [GPU] }) });
    const cluster = clusterOf(survey, { gpuWorkers: 1 });
    expect(cluster.nodes.find(({ role }) => role === 'gpu-worker')).toMatchObject({
      gpuMappings: ['home-gpu-1'],
      systemExtensions: expect.arrayContaining(['siderolabs/nvidia-container-toolkit-production']) as unknown,
    });
  });

  it('takes a mapping that the servers have', () => {
    const devices = [GPU];
    const mapping = { site: 'pve1', name: 'rtx', node_name: 'pve1', path: '0000:01:00' };
    const survey = surveyOf({ pve1: seenServer('pve1', { devices }) }, [], [mapping]);
    const cluster = clusterOf(survey, { gpuWorkers: 1 });
    expect(cluster.pciMappings).toEqual([]);
    expect(cluster.nodes.at(-1)?.gpuMappings).toEqual(['rtx']);
  });

  it('holds for IPv6 and for a small network', () => {
    const six = { subnet: 'fd00:10::/64', gateway: 'fd00:10::1', dns: ['fd00:10::1'] };
    expect(clusterOf(surveyOf(), six).nodes[0]?.nics[0]?.ip).toBe('fd00:10::b');
    const small = { subnet: '10.0.0.0/27', gateway: '10.0.0.1', dns: ['10.0.0.1'] };
    expect(clusterOf(surveyOf(), small).nodes.map(({ nics }) => nics[0]?.ip)).toEqual([
      '10.0.0.3',
      '10.0.0.7',
    ]);
  });
});

describe('what is free', () => {
  it('is a thousand of VMIDs that no guest and no other cluster has', () => {
    const crowded = [1005, 2999, 3000].map((id) => seenGuest(id));
    const others = { vmIds: [4100], addresses: [], macs: [] };
    expect(proposed(surveyOf(undefined, crowded), {}, others).vmIds).toEqual({ first: 5000, last: 5999 });
  });

  it('is a MAC prefix that no guest has', () => {
    const { macPrefix } = proposed(surveyOf());
    expect(macPrefix).toMatch(/^02:[0-9A-F]{2}:[0-9A-F]{2}$/);
    const taken = [seenGuest(100, { macs: [`${macPrefix}:01:00:00`] })];
    expect(proposed(surveyOf(undefined, taken)).macPrefix).not.toBe(macPrefix);
    expect(proposed(surveyOf(), { name: 'lab' }).macPrefix).not.toBe(macPrefix);
  });

  it('is a stretch of addresses beside servers, guests and the DHCP pool', () => {
    const guests = [seenGuest(100, { addresses: ['192.168.10.15'] })];
    const first = (changes: Partial<Wishes>) => proposed(surveyOf(undefined, guests), changes).vip;
    expect(first({})).toBe('192.168.10.20');
    expect(first({ dhcpRange: '192.168.10.30-192.168.10.99' })).toBe('192.168.10.100');
    expect(first({ firstIp: '192.168.10.200' })).toBe('192.168.10.200');
    expect(first({ vip: '192.168.10.9' })).toBe('192.168.10.9');
  });

  it('is memory that running guests leave, for nodes that get smaller if they must', () => {
    const small = surveyOf({ pve1: seenServer('pve1', { memory_gb: 32, cpus: 2 }) }, [
      seenGuest(100, { memory_gb: 9 }),
    ]);
    const { sizes, notes } = proposed(small);
    expect(sizes.worker).toEqual({ cores: 2, memoryMb: 8192 });
    expect(notes).toEqual(['nodes are smaller than usual, so that they fit into the memory that is free']);
    expect(proposed(surveyOf()).notes).toEqual([]);
  });

  it('is a disk of 50 GB where 100 do not fit', () => {
    const storages = seenServer('pve1').storages.map((one) => ({ ...one, free_gb: 150 }));
    expect(proposed(surveyOf({ pve1: seenServer('pve1', { storages }) })).osDiskGb).toBe(50);
    expect(proposed(surveyOf()).osDiskGb).toBe(100);
  });
});

describe('what stands in the way is told at once', () => {
  it('with the server, and what to do', () => {
    const bare = seenServer('pve1', { storages: [], bridges: [], memory_gb: 4 });
    expect(problems(surveyOf({ pve1: bare }), { subnet: 'here' })).toEqual([
      'pve1: has no bridge; create one, e.g. vmbr0',
      'pve1: has no storage for disks; run there: pvesm set <storage> --content images',
      'pve1: has no storage for ISO files; run there: pvesm set <storage> --content iso',
      '2 nodes do not fit: free for VMs are pve1 3 GB, and a node needs 4 GB; lower --control-planes or --workers',
      '--subnet "here" is no network; write it with its prefix, like 192.168.10.0/24',
    ]);
  });

  it('of bridges, VLANs, GPUs and addresses', () => {
    expect(problems(surveyOf(), { bridge: 'vmbr7' })).toEqual([
      'pve1: has no bridge "vmbr7"; give --bridge one of vmbr0',
    ]);
    expect(problems(surveyOf(), { vlan: 10 })[0]).toMatch(/bridge "vmbr0" is not VLAN aware/);
    expect(problems(surveyOf(), { gpuWorkers: 1 })[0]).toMatch(/the servers have 0 GPUs/);
    expect(problems(surveyOf(), { subnet: '192.168.10.0/29' })[0]).toMatch(/has no \d+ free addresses/);
    expect(problems(surveyOf(), { firstIp: 'x' })[0]).toMatch(/--first-ip "x" is no address/);
  });

  it('of a GPU that a guest has', () => {
    const devices = [GPU];
    const guests = [seenGuest(100, { devices: ['0000:01:00'] })];
    const survey = surveyOf({ pve1: seenServer('pve1', { devices }) }, guests);
    expect(problems(survey, { gpuWorkers: 1 })[0]).toMatch(/have 0 GPUs/);
    const mapping = { site: 'pve1', name: 'rtx', node_name: 'pve1', path: '0000:01:00' };
    const byName = [seenGuest(100, { devices: ['rtx'] })];
    const mapped = surveyOf({ pve1: seenServer('pve1', { devices }) }, byName, [mapping]);
    expect(problems(mapped, { gpuWorkers: 1 })[0]).toMatch(/have 0 GPUs/);
  });
});

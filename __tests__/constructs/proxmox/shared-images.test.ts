import {
  DOWNLOAD,
  renderCluster,
  resource,
  resources,
  serverProps,
  VM,
  type Rendered,
} from '../../testing/synth';

const talos = { url: 'https://images.example.com/talos-v1.11.5-nocloud-amd64.iso' };

const member = (name: string, changes: object = {}) => ({
  ...serverProps(name),
  proxmoxCluster: 'dc',
  storageImages: 'cephfs',
  ...changes,
});

/** A control plane on one server and a worker on another, with a third one besides. */
function render(changes: object = {}, [first, second] = ['pve1', 'pve2'], servers: object = {}): Rendered {
  return renderCluster({
    proxmoxServers: { pve1: member('pve1'), pve2: member('pve2'), pve3: member('pve3'), ...servers },
    images: { talos },
    controlPlanes: [{ name: 'cp-1', proxmoxServer: first }],
    workers: [{ name: 'w-1', proxmoxServer: second }],
    ...changes,
  });
}

const shared = { sharedStorages: { cephfs: {} } };
const address = (name: string) => `${DOWNLOAD}.${name}`;
const forgotten = (...names: string[]) =>
  names.map((name) => ({ from: address(name), lifecycle: { destroy: false } }));

test('a storage that nobody says is shared has a download per server', () => {
  const json = render();
  expect(Object.keys(resources(json, DOWNLOAD))).toEqual(['talos_pve1', 'talos_pve2']);
  expect(json).not.toHaveProperty('removed');
  expect(json.terraform).not.toHaveProperty('required_version');
});

test('a shared one has one, for the nodes of all servers', () => {
  const json = render(shared);
  expect(resources(json, DOWNLOAD)).toEqual({
    talos_cephfs: expect.objectContaining({
      provider: 'proxmox.pve1',
      node_name: 'pve1',
      datastore_id: 'cephfs',
      lifecycle: expect.objectContaining({
        create_before_destroy: true,
        ignore_changes: ['url', 'checksum', 'checksum_algorithm', 'node_name'],
      }) as unknown,
    }) as unknown,
  });
  for (const name of ['cp-1', 'w-1']) {
    expect(resource(json, VM, name)).toMatchObject({
      cdrom: { file_id: 'cephfs:iso/talos-v1.11.5-nocloud-amd64-home.iso' },
      depends_on: [address('talos_cephfs')],
    });
  }
});

test('which server has nodes changes nothing but what former states are asked for', () => {
  const [both, last] = [render(shared), render(shared, ['pve2', 'pve2'])];
  expect(resources(last, DOWNLOAD)).toEqual(resources(both, DOWNLOAD));
});

test('the file of the first server with nodes becomes that of all, and the others are forgotten', () => {
  const json = render(shared, ['pve2', 'pve3']);
  expect(json.moved).toEqual([{ from: address('talos_pve2'), to: address('talos_cephfs') }]);
  expect(json).toMatchObject({
    removed: forgotten('talos_pve1', 'talos_pve3'),
    terraform: { required_version: '>= 1.7.0' },
  });
});

test('a renamed server takes its file along', () => {
  const servers = { pve1: member('pve1', { renamedFrom: 'a' }), pve2: member('pve2', { renamedFrom: 'b' }) };
  const json = render(shared, undefined, servers);
  expect(json.moved).toEqual([
    { from: address('talos_a'), to: address('talos_pve1') },
    { from: address('talos_pve1'), to: address('talos_cephfs') },
  ]);
  expect(json).toMatchObject({ removed: forgotten('talos_pve2', 'talos_b', 'talos_pve3') });
});

test('only servers that are named share it, and only those that download to it', () => {
  const sharedStorages = { one: { storage: 'cephfs', servers: ['pve1', 'pve2'] } };
  const servers = { pve2: member('pve2', { storageImages: 'local' }) };
  expect(Object.keys(resources(render({ sharedStorages }, ['pve1', 'pve3']), DOWNLOAD))).toEqual([
    'talos_one',
    'talos_pve3',
  ]);
  expect(Object.keys(resources(render({ sharedStorages }, undefined, servers), DOWNLOAD))).toEqual([
    'talos_one',
    'talos_pve2',
  ]);
});

test('servers of different Proxmox clusters, or of none, may share one', () => {
  const servers = { pve1: member('pve1', { proxmoxCluster: undefined }) };
  expect(Object.keys(resources(render(shared, ['pve2', 'pve3'], servers), DOWNLOAD))).toEqual([
    'talos_cephfs',
  ]);
});

test('an image that is there already is nobody’s', () => {
  const json = render({ ...shared, images: { talos: { iso: 'cephfs:iso/talos-v1.11.5.iso' } } });
  expect(resources(json, DOWNLOAD)).toEqual({});
  expect(json).not.toHaveProperty('removed');
});

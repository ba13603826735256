import { partBackend } from '../../../model/cluster/backends/state-address';

test.each([
  ['local', { path: '../../../state/home.tfstate' }, { path: '../../../state/home-pve1.tfstate' }],
  ['local', { path: 'here.tfstate' }, { path: 'here-pve1.tfstate' }],
  ['s3', { bucket: 'b', key: 'talos/home.tfstate' }, { bucket: 'b', key: 'talos/home-pve1.tfstate' }],
  ['consul', { path: 'talos/home' }, { path: 'talos/home-pve1' }],
  ['gcs', { bucket: 'b' }, { bucket: 'b', prefix: 'pve1' }],
  ['pg', { schema_name: 'home' }, { schema_name: 'home_pve1' }],
  ['cloud', { workspaces: [{ name: 'home' }] }, { workspaces: [{ name: 'home-pve1' }] }],
  [
    'http',
    { address: 'https://s/state/home?x=1', lock_address: 'https://s/lock/home' },
    { address: 'https://s/state/home-pve1?x=1', lock_address: 'https://s/lock/home-pve1' },
  ],
  [
    'http',
    { address: 'https://s/home', lock_address: 'https://s/home/lock', username: 'u' },
    { address: 'https://s/home-pve1', lock_address: 'https://s/home-pve1/lock', username: 'u' },
  ],
])('the part pve1 of a state in %s %j', (type, config, expected) => {
  expect(partBackend({ type, config }, 'pve1')).toEqual({ type, config: expected });
});

import {
  needsReboot,
  readEtcdMembers,
  readIdentity,
  readBootedVersion,
  readKubeletVersion,
  readMachineConfig,
  readMembers,
  readStage,
  readVersion,
} from '../../../model/talos/node-answers';

const resource = (spec: unknown, id = 'any'): string => JSON.stringify({ metadata: { id }, spec }, null, 4);

it('reads who a machine is, of all its links', () => {
  const links = [
    resource({ type: 'loopback', hardwareAddr: '', permanentAddr: '' }, 'lo'),
    resource({ type: 'ether', hardwareAddr: 'BC:24:11:00:00:01', permanentAddr: 'bc:24:11:00:00:01' }),
    resource({ type: 'ether', hardwareAddr: 'bc:24:11:00:00:02' }),
  ].join('\n');
  expect(readIdentity({ system: resource({ uuid: 'ABCD-EF' }), links })).toEqual({
    uuid: 'abcd-ef',
    macs: ['bc:24:11:00:00:01', 'bc:24:11:00:00:02'],
  });
  expect(readIdentity({ system: 'nonsense', links: '' })).toEqual({ uuid: '', macs: [] });
});

it('reads how far a machine is', () => {
  const status = { ready: false, unmetConditions: [{ name: 'services', reason: 'kubelet not healthy' }] };
  expect(readStage(resource({ stage: 'running', status }))).toEqual({
    stage: 'running',
    ready: false,
    unmet: ['services: kubelet not healthy'],
  });
  expect(readStage(resource({ stage: 'running', status: { ready: true, unmetConditions: null } }))).toEqual({
    stage: 'running',
    ready: true,
    unmet: [],
  });
  expect(readStage('')).toBeUndefined();
});

it('reads members of a cluster', () => {
  const text = resource({ hostname: 'cp-1', addresses: ['10.0.0.1'] }) + resource({ hostname: 'cp-2' });
  expect(readMembers(text)).toEqual([
    { hostname: 'cp-1', addresses: ['10.0.0.1'] },
    { hostname: 'cp-2', addresses: [] },
  ]);
});

it.each(['NODE         ID', 'ID'])('reads the table of etcd members that begins with %s', (start) => {
  const node = start.startsWith('NODE') ? '10.0.0.1     ' : '';
  const table = [
    `${start}                 HOSTNAME   PEER URLS               CLIENT URLS             LEARNER`,
    `${node}b2c1d3e4f5a6b7c8   cp-1       https://10.0.0.1:2380   https://10.0.0.1:2379   false`,
    `${node}c2c1d3e4f5a6b7c8   cp-2       https://10.0.0.2:2380   https://10.0.0.2:2379   true`,
  ].join('\n');
  expect(readEtcdMembers(`${table}\n`)).toEqual([
    { hostname: 'cp-1', learner: false },
    { hostname: 'cp-2', learner: true },
  ]);
  expect(readEtcdMembers('')).toEqual([]);
});

it('reads versions', () => {
  const version =
    'Client:\n\tTag:         v1.13.9\nServer:\n\tNODE:        10.0.0.1\n\tTag:         v1.12.0\n';
  expect(readVersion(version)).toBe('v1.12.0');
  expect(readVersion('Client:\n\tTag: v1.12.0\nServer:\n')).toBeUndefined();
  expect(readKubeletVersion(resource({ image: 'ghcr.io/siderolabs/kubelet:v1.34.1@sha256:00' }))).toBe(
    'v1.34.1',
  );
});

it('takes the machine configuration that is in force', () => {
  const text = resource('version: v1', 'persistent') + resource('version: v1alpha1', 'v1alpha1');
  expect(readMachineConfig(text)).toBe('version: v1alpha1');
  expect(readMachineConfig(resource({ version: 1 }, 'v1alpha1'))).toBe('{"version":1}');
  expect(readMachineConfig(resource('x', 'persistent'))).toBeUndefined();
});

it.each([
  ['Dry run summary:\nApplied configuration with a reboot (skipped in dry-run).\n', true],
  ['Dry run summary:\nApplied configuration without a reboot (skipped in dry-run).\n', false],
])('knows of %j whether it is a reboot', (text, expected) => expect(needsReboot(text)).toBe(expected));

it('finds the version that a machine has booted', () => {
  expect(readBootedVersion('{"spec": {"name": "Talos", "version": "v1.12.0-beta.1"}}')).toBe(
    'v1.12.0-beta.1',
  );
  expect(readBootedVersion('{"spec": {"version": "none"}}')).toBeUndefined();
  expect(readBootedVersion('')).toBeUndefined();
});

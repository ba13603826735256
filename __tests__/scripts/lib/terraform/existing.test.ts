import { existingIn } from '../../../../model/proxmox/existing';
import { Collector } from '../../../../scripts/lib/proxmox/collect';
import { askExisting } from '../../../../scripts/lib/terraform/existing';

jest.mock('../../../../scripts/lib/proxmox/collect', () => ({ Collector: jest.fn() }));
jest.mock('../../../../model/proxmox/existing', () => ({ existingIn: jest.fn() }));

const change = (type: string, name: string, actions: string[], after: object = {}) => ({
  address: `${type}.${name}`,
  mode: 'managed',
  type,
  name,
  change: { actions, before: null, after },
});
const image = (name: string, actions = ['create']) =>
  change('proxmox_download_file', name, actions, { datastore_id: 'local', content_type: 'iso' });

const SERVERS = [
  { key: 'pve1', site: 'dc' },
  { key: 'pve2', site: 'dc' },
  { key: 'pve3', site: 'home' },
];

async function ask(changes: readonly object[], failing: readonly string[] = []) {
  jest.resetAllMocks();
  const log: string[] = [];
  const collector = {
    objects: ({ key }: { key: string }) => {
      log.push(`objects of ${key}`);
      return Promise.resolve(
        failing.includes(key) ? { ok: false, reason: 'no' } : { ok: true, value: `all of ${key}` },
      );
    },
    files: ({ key }: { key: string }, storage: string, content: string) => {
      log.push(`${content} on ${storage} of ${key}`);
      return Promise.resolve(
        failing.includes(key) ? { ok: false, reason: 'no' } : { ok: true, value: ['a', 'a'] },
      );
    },
    close: () => Promise.resolve(void log.push('close')),
  };
  jest.mocked(Collector).mockImplementation(() => collector as never);
  jest.mocked(existingIn).mockReturnValue(['found'] as never);
  const plan = { format_version: '1.2', resource_changes: changes, output_changes: {} };
  const result = await askExisting(
    JSON.stringify(plan),
    { servers: SERVERS } as never,
    { servers: SERVERS } as never,
  );
  return { result, log, live: jest.mocked(existingIn).mock.calls[0]?.[2] };
}

it('asks each site once, by its first server, and for files where images are to be downloaded', async () => {
  const { result, log, live } = await ask([
    change('vm', 'a', ['create']),
    image('talos_pve2'),
    image('old_pve3', ['delete']),
  ]);
  expect(log.sort()).toEqual(['close', 'iso on local of pve2', 'objects of pve1', 'objects of pve3']);
  expect(live?.sites).toEqual(
    new Map([
      ['dc', 'all of pve1'],
      ['home', 'all of pve3'],
    ]),
  );
  expect(live?.files).toEqual(new Map([['pve2', new Set(['a'])]]));
  expect(result).toEqual({ found: ['found'], problems: [] });
});

it('asks nobody where nothing is created', async () => {
  for (const changes of [[], [change('vm', 'a', ['update']), image('talos_pve1', ['no-op'])]]) {
    const { result, log } = await ask(changes);
    expect({ result, log }).toEqual({ result: { found: [], problems: [] }, log: [] });
  }
});

it('says of whom it does not know', async () => {
  const { result, live } = await ask([image('talos_pve1'), image('talos_pve3')], ['pve3']);
  expect(result.problems).toEqual(['pve3: no']);
  expect([...(live?.sites.keys() ?? [])]).toEqual(['dc']);
  expect([...(live?.files.keys() ?? [])]).toEqual(['pve1']);
});

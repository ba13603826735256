import { checkClusters } from '../../../model/doctor';
import type { ServerAnswers } from '../../../model/proxmox/snapshot';
import type { SeenServer } from '../../../model/init/survey';
import { draftOf } from '../../testing/drafts';
import { ANSWERS, ok, WORKER } from '../../testing/live';
import { seenServer, surveyOf } from '../../testing/survey';

const OS = { name: 'os', type: 'lvmthin', content: ['images'], shared: false, free_gb: 1 };

/** As the server of these tests was. */
const BEFORE = seenServer('pve1', { memory_gb: 1024, storages: [OS] });

function told(before: Partial<SeenServer>, now: Partial<ServerAnswers> = {}): string[] {
  const seen = surveyOf({ pve1: { ...BEFORE, ...before } });
  const live = new Map([['pve1', { ...ANSWERS, ...now }]]);
  const { diagnostics } = checkClusters([{ cluster: draftOf(WORKER), live, seen }]);
  return diagnostics.map(({ severity, rule, path, message }) => `${severity}[${rule}] ${path}: ${message}`);
}

const changes = (...args: Parameters<typeof told>): string =>
  told(...args)
    .map((text) => /written: (.*); if that/.exec(text)?.[1] ?? text)
    .join('\n');

it('says nothing of a server that is as it was, nor of one that nobody has looked at', () => {
  expect(told({})).toEqual([]);
  const live = new Map([['pve1', ANSWERS]]);
  const seen = surveyOf({});
  expect(checkClusters([{ cluster: draftOf(WORKER), live, seen }]).diagnostics).toEqual([]);
});

it('tells in one line what is not as it was, and what to do if that is meant', () => {
  expect(told({ version: '8.4.1', cpus: 8 })).toEqual([
    'warning[live-changed] proxmox_servers.pve1: "pve1" is not as it was when clusters/lab.servers.json was written: Proxmox VE 9.1.1 instead of 8.4.1, 16 threads instead of 8; if that is meant: npm run init -- --name lab --update-servers',
  ]);
});

it.each<[string, Partial<SeenServer>, Partial<ServerAnswers>]>([
  [
    '512 GB of memory instead of 1024',
    {},
    { status: ok({ cpuinfo: { cpus: 16 }, memory: { total: 2 ** 39 } }) },
  ],
  ['node pve1 instead of old', { node_name: 'old' }, {}],
  ['no storage tank', { storages: [{ ...OS, name: 'tank' }] }, {}],
  ['storage os is lvmthin instead of zfspool', { storages: [{ ...OS, type: 'zfspool' }] }, {}],
  [
    'storage os holds no iso and rootdir',
    { storages: [{ ...OS, content: ['images', 'iso', 'rootdir'] }] },
    {},
  ],
  ['no bridge vmbr9', { bridges: [{ name: 'vmbr9', vlan_aware: false }] }, {}],
  ['no device 10de:2204 at 0000:01:00.0', { devices: [{ path: '0000:01:00.0', id: '10de:2204' }] }, {}],
])('%s', (message, before, now) => {
  expect(changes(before, now)).toBe(message);
});

it('says nothing of what was not asked', () => {
  const silent = { ok: false, reason: 'GET /nodes/pve1/status: 403' } as const;
  const now = { status: silent, storages: silent, interfaces: silent, pci: silent };
  expect(told({ devices: [{ path: '0000:01:00.0', id: '10de:2204' }], cpus: 2 }, now)).toEqual([]);
});

import type { DefinitionDraft } from '../../../model/cluster/definition/schema';
import { holds } from '../../../model/proxmox/permissions';
import type { ServerAnswers } from '../../../model/proxmox/snapshot';
import { PRIVILEGES, cluster, findings, member, ok, site, WORKER } from '../../testing/live';

/** What is said of a token that lacks some privileges. */
const lacks = (names: string, path: string): string =>
  `error[live-server-access] proxmox_servers.pve1.api_url: token "terraform@pve!test" lacks ${names} on ${path}; run: pveum role modify <role of the token> --append --privs "${names.replaceAll(',', '')}"`;

const without = (...names: string[]) => ({
  permissions: ok({
    '/': Object.fromEntries(PRIVILEGES().flatMap((name) => (names.includes(name) ? [] : [[name, 1]]))),
  }),
});

describe('a token', () => {
  const ha: DefinitionDraft = {
    ...member('dc'),
    workers: [{ name: 'w-1', ip_address: '10.0.0.21', ha: true }],
  };
  const disk: DefinitionDraft = {
    ...WORKER,
    images: { talos: { url: 'https://example.com/talos-v1.11.5-nocloud.iso', platform: 'nocloud' } },
  };
  it.each<[string, Partial<ServerAnswers>, DefinitionDraft, string[]]>([
    [
      'that lets guards see no volumes',
      without('Datastore.Audit'),
      { ...WORKER, images: {} },
      [lacks('Datastore.Audit', '/storage/os and /storage/data')],
    ],
    ['for HA', cluster('dc'), ha, [lacks('Sys.Console', '/')]],
    [
      'for downloads',
      without('Sys.Modify', 'Datastore.AllocateTemplate'),
      disk,
      [
        `error[live-server-access] proxmox_servers.pve1.api_url: token "terraform@pve!test" lacks Datastore.AllocateTemplate on /storage/local: images are downloaded, replaced and removed there; run: pveum aclmod /storage/local -user terraform@pve -role PVEDatastoreAdmin`,
        lacks('Sys.Modify', '/'),
      ],
    ],
    ['for NICs', without('SDN.Use'), WORKER, [lacks('SDN.Use', '/sdn/zones/localnetwork/vmbr0')]],
    [
      'for the guest agent of version 8',
      { version: '8.4.1' },
      { workers: [{ name: 'w-1', ip_address: '10.0.0.21', vm_qemu_agent: true }] },
      [lacks('VM.Monitor', '/vms/1100')],
    ],
    [
      'that could never replace or remove an image',
      without('Datastore.Allocate'),
      disk,
      [
        `error[live-server-access] proxmox_servers.pve1.api_url: token "terraform@pve!test" lacks Datastore.Allocate on /storage/local: images are downloaded, replaced and removed there; run: pveum aclmod /storage/local -user terraform@pve -role PVEDatastoreAdmin`,
      ],
    ],
    ['that needs no more for files that somebody else put there', without('Datastore.Allocate'), WORKER, []],
    [
      'for a start order, which is that of the host',
      without('Sys.Modify'),
      { workers: [{ name: 'w-1', ip_address: '10.0.0.21', startup: { order: 1 } }] },
      [
        `error[live-server-access] proxmox_servers.pve1.api_url: token "terraform@pve!test" lacks Sys.Modify on /: startup decides when other guests of the host start; run: pveum role modify <role of the token on /> --append --privs Sys.Modify, or take startup out of the definition`,
      ],
    ],
    [
      'for a CPU model of the servers',
      { version: '9.2.3', ...without('Mapping.Use'), cpuModels: ok(['custom-talos']) },
      { workers: [{ name: 'w-1', ip_address: '10.0.0.21', cpu_type: 'custom-talos' }] },
      [lacks('Mapping.Use', '/mapping/cpu/talos')],
    ],
  ])('%s', (_, changes, definition, messages) => {
    expect(findings(changes, definition).sort()).toEqual([...messages].sort());
  });

  describe('of a pool', () => {
    const pool: DefinitionDraft = {
      resource_pool: { id: 'talos' },
      workers: ['1', '2'].map((i) => ({ name: `w-${i}`, ip_address: `10.0.0.2${i}` })),
    };
    const permissions = (more: Record<string, Record<string, number>> = {}) => {
      const all = Object.fromEntries(PRIVILEGES().map((name) => [name, 1]));
      const { 'VM.Config.Options': _, ...rest } = all;
      return { permissions: ok({ '/': rest, '/pool/talos': all, ...more }) };
    };
    const pools = site([], {}, { pools: ok(['talos']) });

    it.each(['8.4.1', '9.1.9'])('is enough in %s', (version) => {
      expect(findings({ version, ...pools, ...permissions() }, pool)).toEqual([]);
    });

    it('needs VM.Config.Options on each VM from 9.2 on, whose tags are checked before it is in the pool', () => {
      const asked = { version: '9.2.0', ...pools };
      expect(findings({ ...asked, ...permissions() }, pool)).toEqual([
        'error[live-server-access] proxmox_servers.pve1.api_url: token "terraform@pve!test" lacks VM.Config.Options on /vms/1100 and /vms/1101: from Proxmox VE 9.2 on, the tags of a new VM are checked before it is in its pool; run: pveum role add TalosTags -privs VM.Config.Options; for id in 1100 1101; do pveum aclmod /vms/$id -user terraform@pve -role TalosTags; done',
      ]);
      const tags = { 'VM.Config.Options': 1 };
      expect(findings({ ...asked, ...permissions({ '/vms/1100': tags, '/vms/1101': tags }) }, pool)).toEqual(
        [],
      );
    });
  });

  it('is asked for on servers without nodes too: each has a provider', () => {
    expect(findings({ problem: { kind: 'no-token' } }, {})).toEqual([
      `error[live-server-access] proxmox_servers.pve1: no API token for "pve1"; export TF_VAR_proxmox_pve1_api_token='user@realm!tokenid=<secret>'`,
    ]);
  });
});

describe('privileges', () => {
  it.each<[string, string, boolean]>([
    ['/', 'Sys.Audit', true],
    ['/vms/100', 'VM.Audit', true],
    ['/vms/100', 'VM.Allocate', false],
    ['/vms/200', 'VM.Audit', false],
    ['/storage', 'Datastore.Audit', true],
    ['/storage/local', 'Datastore.Audit', false],
  ])('on %s: %s is %s', (path, privilege, expected) => {
    const permissions = {
      '/': { 'Sys.Audit': 1, 'VM.Audit': 1 },
      '/storage': { 'Datastore.Audit': 0 },
      '/vms/200': { 'VM.Config.CPU': 1 },
    };
    expect(holds(permissions, path, privilege)).toBe(expected);
  });
});

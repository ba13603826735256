import type { DefinitionDraft } from '../../../model/cluster/definition/schema';
import { checkClusters } from '../../../model/doctor';
import type { Guest } from '../../../model/proxmox/answers';
import type { AccessProblem, ServerAnswers, ServerSnapshot } from '../../../model/proxmox/snapshot';
import { draftOf, SERVER } from '../../testing/drafts';
import { ANSWERS, cluster, findings, member, ok, SITE, site, vm, WORKER } from '../../testing/live';

it('finds nothing on a server on which everything is right', () => {
  expect(findings({})).toEqual([]);
});

describe('access', () => {
  const url = 'error[live-server-access] proxmox_servers.pve1.api_url:';
  it.each<[AccessProblem, string]>([
    [
      { kind: 'timeout', seconds: 10 },
      `${url} https://10.0.0.5:8006/ did not answer within 10 s; check address and firewall, or raise --timeout`,
    ],
    [
      { kind: 'refused', status: 503, reason: 'Service Unavailable' },
      `${url} https://10.0.0.5:8006/ answers 503 Service Unavailable; look at the log of pveproxy on the server`,
    ],
    [
      { kind: 'not-proxmox', reason: '404 Not Found' },
      `${url} https://10.0.0.5:8006/ is not a Proxmox VE API (404 Not Found); write the address of a Proxmox VE server`,
    ],
    [
      { kind: 'certificate', fault: 'expired', reason: '' },
      `${url} the certificate of "pve1" has expired; run on the server: pvecm updatecerts --force`,
    ],
    [
      { kind: 'certificate', fault: 'other-host', reason: 'DNS:pve.lan' },
      `${url} the certificate of "pve1" is for another name (DNS:pve.lan); write a name or address that it lists`,
    ],
    [
      { kind: 'certificate', fault: 'other', reason: 'EPROTO' },
      `${url} no TLS connection to "pve1" (EPROTO); check that the port is that of Proxmox VE, 8006`,
    ],
    [
      { kind: 'certificate', fault: 'protocol', reason: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' },
      'error[live-server-access] proxmox_servers.pve1.tls_min_version: "pve1" does not speak TLS 1.3 (ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION); write a lower tls_min_version or update the server',
    ],
    [
      { kind: 'ca-file', reason: 'ENOENT' },
      'error[live-server-access] proxmox_servers.pve1.tls_ca_file: cannot be read (ENOENT); copy /etc/pve/pve-root-ca.pem of the server there',
    ],
  ])('%j', (problem, message) => {
    expect(findings({ problem })).toEqual([message]);
  });
});

describe('a server', () => {
  it.each<[string, Partial<ServerAnswers>, DefinitionDraft, string]>([
    [
      'too old',
      { version: '7.4-3' },
      WORKER,
      'error[pve-version-feature] proxmox_servers.pve1.api_url: "pve1" runs Proxmox VE 7.4-3; update it to 8.4 or newer',
    ],
    [
      'too new',
      { version: '10.0' },
      WORKER,
      'warning[pve-version-feature] proxmox_servers.pve1.api_url: "pve1" runs Proxmox VE 10.0, which the provider does not know yet; try a plan on one node first',
    ],
    [
      'offline',
      { nodes: ok([{ node: 'pve1', status: 'offline' }]) },
      WORKER,
      'error[live-server-access] proxmox_servers.pve1.node_name: node "pve1" is offline; start it',
    ],
    [
      'late',
      { clockAhead: ok(-90.4) },
      WORKER,
      'warning[live-clock] proxmox_servers.pve1: the clock of "pve1" is 90 s behind the clock here, and VMs start with it; set both by NTP',
    ],
    [
      'alone',
      {},
      member('dc'),
      'error[live-proxmox-cluster] proxmox_servers.pve1.proxmox_cluster: "pve1" is a standalone server, not a member of "dc"; remove proxmox_cluster',
    ],
    [
      'of another cluster',
      cluster('dc'),
      member('lab'),
      'error[live-proxmox-cluster] proxmox_servers.pve1.proxmox_cluster: "pve1" is a member of "dc", not of "lab"; write "dc"',
    ],
    [
      'without quorum',
      cluster('dc', false),
      member('dc'),
      'error[live-proxmox-cluster] proxmox_servers.pve1: Proxmox cluster "dc" has no quorum, so nothing can be changed; start its other members',
    ],
    [
      'trusted by a file of its own only',
      { caFileNeeded: 'ca.pem' },
      WORKER,
      'error[live-server-access] proxmox_servers.pve1.tls_ca_file: the provider does not read "ca.pem" by itself and would refuse the certificate; export SSL_CERT_FILE="$PWD/ca.pem"',
    ],
  ])('%s', (_, changes, definition, message) => {
    expect(findings(changes, definition)).toEqual([message]);
  });

  it('that is in one Proxmox cluster with another, unknown to the definition', () => {
    const two = { ...SERVER, storage_os: 'os', storage_data: 'data' };
    const definition: DefinitionDraft = {
      proxmox_servers: { pve1: two, pve2: { ...two, api_url: 'https://10.0.0.6:8006', node_name: 'pve2' } },
      workers: [
        { name: 'w-1', proxmox_server: 'pve1', ip_address: '10.0.0.21' },
        { name: 'w-2', proxmox_server: 'pve2', ip_address: '10.0.0.22' },
      ],
    };
    const second: ServerAnswers = {
      ...ANSWERS,
      ...cluster('dc'),
      nodes: ok([{ node: 'pve2', status: 'online' }]),
    };
    expect(findings(cluster('dc'), definition, { pve2: second })).toEqual([
      'error[live-proxmox-cluster] proxmox_servers.pve1: "pve1" is a member of Proxmox cluster "dc"; write proxmox_cluster: dc, also for pve2: they share VMIDs',
      'error[live-proxmox-cluster] proxmox_servers.pve2: "pve2" is a member of Proxmox cluster "dc"; write proxmox_cluster: dc, also for pve1: they share VMIDs',
    ]);
  });
});

describe('a VM', () => {
  it.each<[string, Partial<ServerAnswers>, DefinitionDraft, string[]]>([
    [
      'of ours, as defined',
      site([vm(1100)], {
        1100: { scsi0: 'os:vm-1100-disk-0,size=100G', ide2: 'local:iso/x.iso,media=cdrom' },
      }),
      WORKER,
      [],
    ],
    [
      'that became a template',
      site([vm(1100, { template: true, status: 'stopped' })]),
      WORKER,
      [
        'error[live-vm-state] workers[0]: VM 1100 of w-1 is a template, which does not start; clone it or remove it',
      ],
    ],
    [
      'that was migrated',
      site([vm(1100, { node: 'pve9' })]),
      WORKER,
      [
        'error[identity-changed] workers[0]: VM 1100 of w-1 is on pve9 now, and an apply would replace it on pve1; write its server, or run: qm migrate 1100 pve1',
      ],
    ],
    [
      'that is on another VMID now',
      site([vm(1105)]),
      WORKER,
      [
        'error[identity-changed] workers[0]: "w-1" (VM 1105 on pve1) is a VM of this cluster, and an apply would make VM 1100 on pve1 beside it or in its place; write vm_id and proxmox_server as they are, or remove the old VM',
      ],
    ],
    [
      'of others with the name of a node',
      site([vm(1105, { tags: ['nas'] })]),
      WORKER,
      [
        'warning[identity-changed] workers[0]: "w-1" (VM 1105 on pve1) has the name of this node and is not a VM of this cluster; rename one of the two',
      ],
    ],
    [
      'of others with name and VMID of a node, on another member: told once',
      site([vm(1100, { tags: ['nas'], node: 'pve9' })]),
      WORKER,
      [
        'error[live-identity-taken] workers[0]: VMID 1100 of w-1 is taken by "w-1" (VM 1100 on pve9), which an apply would overwrite; write another, e.g. vm_id: 1101, or adopted: true if it is this node',
      ],
    ],
    ['container with the name of a node', site([vm(105, { type: 'lxc' })]), WORKER, []],
    [
      'of the same name without the tag',
      site([vm(1100, { tags: [] })]),
      WORKER,
      [
        'error[live-identity-taken] workers[0]: VMID 1100 of w-1 is taken by "w-1" (VM 1100 on pve1), which an apply would overwrite; write another, e.g. vm_id: 1101, or adopted: true if it is this node',
      ],
    ],
    [
      'that is adopted',
      site([vm(1100, { tags: [] })]),
      { workers: [{ name: 'w-1', ip_address: '10.0.0.21', adopted: true }] },
      [],
    ],
    [
      'container on the VMID',
      site([vm(1100, { type: 'lxc', name: 'dns' })]),
      WORKER,
      [
        'error[live-identity-taken] workers[0]: VMID 1100 of w-1 is taken by "dns" (container 1100 on pve1), which an apply would overwrite; write another, e.g. vm_id: 1101',
      ],
    ],
    [
      'on the MAC, in lower case, of a container',
      site([vm(100, { type: 'lxc', name: 'dns' })], {
        100: { net0: 'name=eth0,hwaddr=bc:24:11:02:00:00,bridge=vmbr0' },
      }),
      WORKER,
      [
        'error[live-identity-taken] workers[0]: MAC BC:24:11:02:00:00 of w-1 is that of "dns" (container 100 on pve1); give one of the two another',
      ],
    ],
    [
      'in the pool that is to be made',
      site([], {}, { pools: ok(['lab']) }),
      { ...WORKER, resource_pool: { id: 'lab', create: true } },
      [
        'warning[live-object-missing] resource_pool.create: resource pool "lab" exists on "pve1" without a VM of this cluster; if no apply of yours made it, write create: false',
      ],
    ],
  ])('%s', (_, changes, definition, messages) => {
    expect(findings(changes, definition)).toEqual(messages);
  });

  describe('takes memory', () => {
    const status = ok({ cpuinfo: { cpus: 16 }, memory: { total: 20 * 2 ** 30 } });
    const small: DefinitionDraft = { workers: [{ name: 'w-1', ip_address: '10.0.0.21', memory_mb: 8192 }] };
    const nas = (changes: Partial<Guest> = {}) =>
      vm(100, { name: 'nas', tags: [], maxmem: 2 ** 33, ...changes });
    const told = (others: string): string[] => [
      `warning[live-capacity] proxmox_servers.pve1: "pve1" would hold 8 GB of defined VMs beside ${others}, and has 16 GB for VMs (20 GB less 20 %); move nodes elsewhere or lower memory_mb`,
    ];

    it.each<[string, Guest[], string[]]>([
      ['that is there to the last GB', [nas()], []],
      ['that is not there', [nas({ maxmem: 9 * 2 ** 30 })], told('9 GB of nas')],
      ['beside several others', [nas(), nas({ vmid: 101, name: 'dns' })], told('16 GB of nas and dns')],
      ['not while it is stopped', [nas(), nas({ vmid: 101, status: 'stopped' })], []],
      ['not on another member', [nas(), nas({ vmid: 101, node: 'pve9' })], []],
      ['once if it is a node', [nas(), vm(1100)], []],
    ])('%s', (_, guests, messages) => {
      expect(findings({ status, ...site(guests) }, small)).toEqual(messages);
    });
  });

  it('whose configuration cannot be read is not passed over', () => {
    const configs = new Map([
      [100, { ok: false as const, reason: 'GET /nodes/pve1/qemu/100/config: 595 no route to host' }],
    ]);
    const live = new Map<string, ServerSnapshot>([
      ['pve1', { ...ANSWERS, site: { ...SITE, guests: ok([vm(100, { name: 'nas', tags: [] })]), configs } }],
    ]);
    const { diagnostics, servers } = checkClusters([{ cluster: draftOf(WORKER), live }]);
    expect(diagnostics).toEqual([]);
    expect(servers).toMatchObject([
      {
        passed: 23,
        notChecked: ['MAC addresses, SMBIOS UUIDs: GET /nodes/pve1/qemu/100/config: 595 no route to host'],
      },
    ]);
  });
});

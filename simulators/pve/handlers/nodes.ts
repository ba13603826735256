import { CPU_MODELS } from '../../../model/rules/lib/cpu-models';
import { perm, permAny } from '../auth/permissions';
import { route, type Call, type Route } from '../server/call';

export const nodeRoutes: readonly Route[] = [
  route('GET', '/nodes', list),
  route('GET', '/nodes/{node}/status', status, perm('/nodes/{node}', 'Sys.Audit')),
  route('GET', '/nodes/{node}/hardware/pci', pci, permAny('/', 'Sys.Audit', 'Sys.Modify')),
  route('GET', '/nodes/{node}/version', version),
  route('GET', '/nodes/{node}/capabilities/qemu/cpu', cpuModels),
  route('GET', '/nodes/{node}/time', time, perm('/nodes/{node}', 'Sys.Audit')),
];

/** Everybody sees which nodes there are; how they are is for auditors. */
function list(call: Call): unknown {
  const { state } = call;
  return [...state.nodes.values()].map(({ name, cpus, memory, offline }) => ({
    id: `node/${name}`,
    node: name,
    type: 'node',
    status: offline ? 'offline' : 'online',
    ssl_fingerprint: state.fingerprint,
    ...(offline ? {} : { level: '' }),
    ...(!offline && call.has(`/nodes/${name}`, 'Sys.Audit')
      ? { cpu: 0, maxcpu: cpus, mem: 0, maxmem: memory, disk: 0, maxdisk: 0, uptime: 1000 }
      : {}),
  }));
}

function status({ state, node }: Call): unknown {
  const { cpus, memory } = state.node(node);
  return {
    cpu: 0,
    cpuinfo: { cores: cpus, cpus, sockets: 1, model: 'Simulated CPU' },
    memory: { total: memory, used: 0, free: memory },
    uptime: 1000,
    pveversion: `pve-manager/${state.version}/0000000000000000`,
  };
}

function pci({ state, node }: Call): unknown {
  return state.node(node).pci.map(({ path, id, subsystemId, iommuGroup = -1, mdev = false }) => {
    const [vendor, device] = id.split(':');
    const [subVendor, subDevice] = subsystemId?.split(':') ?? [];
    return {
      id: path,
      class: '0x030000',
      vendor: `0x${vendor ?? ''}`,
      device: `0x${device ?? ''}`,
      iommugroup: iommuGroup,
      ...(mdev ? { mdev: 1 } : {}),
      ...(subVendor === undefined ? {} : { subsystem_vendor: `0x${subVendor}` }),
      ...(subDevice === undefined ? {} : { subsystem_device: `0x${subDevice}` }),
    };
  });
}

/** Seconds since 1970; localtime is shifted by the time zone. */
function time({ state, node }: Call): unknown {
  const now = Math.floor(Date.now() / 1000) + state.node(node).clockAhead;
  return { time: now, localtime: now, timezone: 'UTC' };
}

function version({ state }: Call): unknown {
  const release = state.version.split('.').slice(0, 2).join('.');
  return { version: state.version, release, repoid: '0000000000000000' };
}

/** What QEMU learned between Proxmox VE 8.4 and 9.2. */
const SINCE_9 =
  /^(EPYC-(v5|Rome-v5|Milan-v3|Genoa-v2|Turin)|(Sierra|Clearwater)Forest.*|GraniteRapids-v.|SapphireRapids-v[34]|Icelake-Server-v7)$/;

/** Models of QEMU, and those of the site for whom may see all of them. */
function cpuModels(call: Call): unknown {
  const { state } = call;
  const own = call.has('/nodes', 'Sys.Audit') ? [...state.cpuModels] : [];
  return [
    ...[...CPU_MODELS]
      .filter((name) => state.major >= 9 || !SINCE_9.test(name))
      .map((name) => ({ name, custom: 0, vendor: 'default' })),
    ...own.map((name) => ({ name: `custom-${name}`, custom: 1, vendor: 'default' })),
  ];
}

import { perm } from '../auth/permissions';
import { parameterError } from '../errors';
import { MIB } from '../formats/size';
import { route, type Call, type Route } from '../server/call';
import type { SiteState } from '../store/site';
import { usage } from '../store/space';
import type { Vm } from '../store/types';

export const clusterRoutes: readonly Route[] = [
  route('GET', '/version', version),
  route('GET', '/cluster/nextid', nextId),
  route('GET', '/cluster/resources', resources),
  route('GET', '/cluster/status', status, perm('/', 'Sys.Audit')),
];

function version({ state }: Call): unknown {
  const release = state.version.split('.').slice(0, 2).join('.');
  return { version: state.version, release, repoid: '0000000000000000' };
}

/** The first free id from 100, or the one that was asked for. */
function nextId(call: Call): string {
  const { vms } = call.state;
  if (call.optional('vmid') !== undefined) {
    const vmid = call.int('vmid');
    if (vms.has(vmid)) throw parameterError({ vmid: `VM ${vmid} already exists` });
    return String(vmid);
  }
  let id = 100;
  while (vms.has(id)) id++;
  return String(id);
}

/** VMs, storages and nodes that the caller may see. What he may not see is left out, not refused. */
function resources(call: Call): unknown {
  const { state } = call;
  const type = call.optional('type');
  const vms = [...state.vms.values()]
    .filter(({ vmid }) => call.has(`/vms/${vmid}`, 'VM.Audit'))
    .map((vm) => ({ ...describeVm(state, vm), id: `qemu/${vm.vmid}`, type: 'qemu', node: vm.node }));
  const nodes = [...state.nodes.values()].map(({ name, cpus, memory, offline }) => ({
    id: `node/${name}`,
    type: 'node',
    node: name,
    status: offline ? 'offline' : 'online',
    ...(offline ? {} : { maxcpu: cpus, maxmem: memory, cpu: 0, mem: 0, uptime: 1000 }),
  }));
  const storages = [...state.nodes.values()].flatMap((node) =>
    [...node.storages.values()]
      .filter(({ id }) => call.has(`/storage/${id}`, 'Datastore.Audit'))
      .map((storage) => {
        const { used, total } = usage(storage);
        const head = { id: `storage/${node.name}/${storage.id}`, type: 'storage', node: node.name };
        const rest = { storage: storage.id, plugintype: storage.type, shared: Number(storage.shared) };
        const isKnown = !node.offline && storage.active;
        return {
          ...head,
          ...rest,
          content: storage.content.join(','),
          status: isKnown ? 'available' : 'unknown',
          ...(isKnown ? { disk: used, maxdisk: total } : {}),
        };
      }),
  );
  if (type === undefined) return [...vms, ...nodes, ...storages];
  return { vm: vms, node: nodes, storage: storages }[type] ?? [];
}

/** What lists say of a VM. Numbers and name come from its node, as long as that is there. */
export function describeVm(state: SiteState, vm: Vm): Record<string, unknown> {
  const { vmid, status, config, lock } = vm;
  const pool = state.poolOf(vmid)?.poolid;
  if (state.isOutOfReach(vm)) {
    return {
      vmid,
      status: 'unknown',
      ...(config['tags'] === undefined ? {} : { tags: config['tags'] }),
      ...(pool === undefined ? {} : { pool }),
      ...(lock === undefined ? {} : { lock }),
    };
  }
  return {
    vmid,
    status,
    name: config['name'] ?? `VM ${vmid}`,
    template: Number(config['template'] ?? 0),
    ...(config['tags'] === undefined ? {} : { tags: config['tags'] }),
    ...(pool === undefined ? {} : { pool }),
    ...(lock === undefined ? {} : { lock }),
    maxcpu: cpusOf(vm),
    maxmem: memoryOf(vm),
    maxdisk: 0,
    cpu: 0,
    mem: 0,
    disk: 0,
    uptime: uptimeOf(vm),
  };
}

export const cpusOf = ({ config }: Vm): number =>
  Number(config['cores'] ?? 1) * Number(config['sockets'] ?? 1);

/** Bytes. */
export const memoryOf = ({ config }: Vm): number =>
  Number(String(config['memory'] ?? 512).replace(/^current=/, '')) * MIB;

export const uptimeOf = ({ startedAt }: Vm): number =>
  startedAt === undefined ? 0 : Math.floor((Date.now() - startedAt) / 1000);

/** One node alone is no cluster. */
function status({ state }: Call): unknown {
  const nodes = [...state.nodes.values()].map(({ name, offline }, index) => ({
    id: `node/${name}`,
    type: 'node',
    name,
    nodeid: index + 1,
    online: Number(!offline),
    local: Number(index === 0),
  }));
  if (nodes.length === 1) return nodes;
  return [
    {
      id: 'cluster',
      type: 'cluster',
      name: state.name,
      nodes: nodes.length,
      quorate: Number(state.isQuorate),
      version: 1,
    },
    ...nodes,
  ];
}

import { perm } from '../auth/permissions';
import { failure, PveError } from '../errors';
import { parseBoolean, splitList } from '../formats/property-string';
import { route, type Call, type Route } from '../server/call';
import type { HaEntry, HaKind } from '../store/types';

const AUDIT = perm('/', 'Sys.Audit');
const CHANGE = perm('/', 'Sys.Console');

/** Name of the id parameter, and its placeholder in the path. */
const IDS: Readonly<Record<HaKind, string>> = { groups: 'group', resources: 'sid', rules: 'rule' };

export const haRoutes: readonly Route[] = (Object.keys(IDS) as HaKind[]).flatMap((kind) => {
  const all = `/cluster/ha/${kind}`;
  const one = `${all}/{${IDS[kind]}}`;
  const of = (handler: (call: Call, kind: HaKind) => unknown) => (call: Call) => {
    assertVersion(call, kind);
    return handler(call, kind);
  };
  return [
    route('GET', all, of(list), AUDIT),
    route('POST', all, of(create), CHANGE),
    route('GET', one, of(read), AUDIT),
    route('PUT', one, of(update), CHANGE),
    route('DELETE', one, of(remove), CHANGE),
  ];
});

/** Version 9 has rules instead of groups. */
function assertVersion({ state }: Call, kind: HaKind): void {
  if (kind === 'groups' && state.major >= 9) throw failure('ha groups have been migrated to rules');
  if (kind === 'rules' && state.major < 9)
    throw new PveError(501, `Path '/cluster/ha/rules' not implemented`);
}

/** `1000` is `vm:1000`. */
function idOf(call: Call, kind: HaKind): string {
  const id = call.text(IDS[kind]);
  return kind === 'resources' && /^\d+$/.test(id) ? `vm:${id}` : id;
}

function find(call: Call, kind: HaKind): HaEntry {
  const id = idOf(call, kind);
  const entry = call.state.ha[kind].get(id);
  if (!entry) {
    throw failure(kind === 'resources' ? `no such resource '${id}'` : `no such ha ${IDS[kind]} '${id}'`);
  }
  return entry;
}

function list(call: Call, kind: HaKind): unknown {
  return [...call.state.ha[kind].values()];
}

function read(call: Call, kind: HaKind): unknown {
  return find(call, kind);
}

const INTEGERS = new Set(['max_relocate', 'max_restart']);
const BOOLEANS = new Set(['disable', 'failback', 'nofailback', 'restricted', 'strict']);

function valuesOf(call: Call, kind: HaKind): HaEntry {
  const entries = Object.keys(call.params)
    .filter((key) => ![IDS[kind], 'delete', 'digest'].includes(key))
    .map((key): [string, string | number] => {
      const text = call.text(key);
      if (INTEGERS.has(key)) return [key, Number(text)];
      return [key, BOOLEANS.has(key) ? Number(parseBoolean(text) === true) : text];
    });
  return Object.fromEntries(entries);
}

function create(call: Call, kind: HaKind): null {
  const id = idOf(call, kind);
  const { ha } = call.state;
  if (ha[kind].has(id)) throw failure(`${IDS[kind]} ID '${id}' already defined`);
  const values = valuesOf(call, kind);
  assertReferences(call, kind, id, values);
  const defaults = kind === 'resources' ? { state: 'started', type: id.split(':')[0] ?? 'vm' } : typeOf(kind);
  ha[kind].set(id, { ...defaults, ...values, [IDS[kind]]: id });
  return null;
}

const typeOf = (kind: HaKind): HaEntry => (kind === 'groups' ? { type: 'group' } : {});

/** Resources are of VMs, rules of resources, and both of nodes. */
function assertReferences({ state }: Call, kind: HaKind, id: string, values: HaEntry): void {
  if (kind === 'resources') {
    const vmid = Number(id.split(':')[1]);
    if (!state.vms.has(vmid)) throw failure(`cannot add '${id}' - VM ${vmid} does not exist`);
    const group = values['group'];
    if (group !== undefined && state.major >= 9) {
      throw failure("invalid parameter 'group': ha groups have been migrated to rules");
    }
    if (group !== undefined && !state.ha.groups.has(String(group)))
      throw failure(`ha group '${group}' does not exist`);
  }
  for (const node of splitList(String(values['nodes'] ?? '')).map((item) => item.split(':')[0] ?? '')) {
    if (!state.nodes.has(node)) throw failure(`no such cluster node '${node}'`);
  }
  for (const sid of kind === 'rules' ? splitList(String(values['resources'] ?? '')) : []) {
    if (!state.ha.resources.has(sid)) throw failure(`cannot use unmanaged resource(s) ${sid}.`);
  }
}

function update(call: Call, kind: HaKind): null {
  const entry = find(call, kind);
  const values = valuesOf(call, kind);
  assertReferences(call, kind, idOf(call, kind), values);
  for (const key of splitList(call.optional('delete') ?? '')) Reflect.deleteProperty(entry, key);
  Object.assign(entry, values);
  return null;
}

function remove(call: Call, kind: HaKind): null {
  find(call, kind);
  const id = idOf(call, kind);
  const used = [...call.state.ha.resources.values()].find(({ group }) => kind === 'groups' && group === id);
  if (used) throw failure(`ha group '${id}' is in use`);
  call.state.ha[kind].delete(id);
  return null;
}

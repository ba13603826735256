import { perm, type Check } from '../auth/permissions';
import { failure } from '../errors';
import { parseProperties, printProperties, splitList } from '../formats/property-string';
import { route, type Call, type Route } from '../server/call';
import type { Mapping, MappingKind } from '../store/types';
import { entriesOn, mismatch } from '../vm/mappings';

const KINDS: readonly MappingKind[] = ['pci', 'usb', 'dir'];

const READ = (kind: MappingKind): Check => ({
  or: ['Mapping.Use', 'Mapping.Modify', 'Mapping.Audit'].map((privilege) =>
    perm(`/mapping/${kind}/{id}`, privilege),
  ),
});

export const mappingRoutes: readonly Route[] = KINDS.flatMap((kind) => {
  const all = `/cluster/mapping/${kind}`;
  const one = `${all}/{id}`;
  return [
    route('GET', all, (call) => list(call, kind)),
    route('POST', all, (call) => create(call, kind), perm(`/mapping/${kind}`, 'Mapping.Modify')),
    route('GET', one, (call) => ({ ...describe(find(call, kind)), type: kind }), READ(kind)),
    route('PUT', one, (call) => update(call, kind), perm(`/mapping/${kind}/{id}`, 'Mapping.Modify')),
    route('DELETE', one, (call) => remove(call, kind), perm(`/mapping/${kind}`, 'Mapping.Modify')),
  ];
});

function find(call: Call, kind: MappingKind): Mapping {
  const id = call.text('id');
  const mapping = call.state.mappings[kind].get(id);
  if (!mapping) throw failure(`mapping '${id}' does not exist`);
  return mapping;
}

const describe = ({ id, description, map, mdev }: Mapping): Record<string, unknown> => ({
  id,
  map,
  ...(description === undefined ? {} : { description }),
  ...(mdev === undefined ? {} : { mdev: Number(mdev) }),
});

function list(call: Call, kind: MappingKind): unknown {
  const node = call.optional('check-node');
  return [...call.state.mappings[kind].values()]
    .filter(({ id }) =>
      ['Mapping.Use', 'Mapping.Modify', 'Mapping.Audit'].some((privilege) =>
        call.has(`/mapping/${kind}/${id}`, privilege),
      ),
    )
    .map((mapping) => ({
      ...describe(mapping),
      type: kind,
      ...(node === undefined ? {} : { checks: kind === 'pci' ? checks(call, mapping, node) : [] }),
    }));
}

/** What is wrong with a mapping on a node: with it no VM starts there. */
function checks({ state }: Call, mapping: Mapping, name: string): { severity: string; message: string }[] {
  const node = state.node(name);
  const entries = entriesOn(mapping, node);
  if (entries.length === 0) return [{ severity: 'warning', message: `No mapping for node ${name}.` }];
  const problems = entries.flatMap((entry) => mismatch(node, mapping, entry) ?? []);
  return problems.map((problem) => ({ severity: 'error', message: `Invalid configuration: ${problem}` }));
}

function create(call: Call, kind: MappingKind): null {
  const id = call.text('id');
  const mappings = call.state.mappings[kind];
  if (mappings.has(id)) throw failure(`${kind} ID '${id}' already defined`);
  const mapping: Mapping = { id, kind, map: mapOf(call) };
  setOptions(call, mapping);
  mappings.set(id, mapping);
  return null;
}

/** Sorted by key, as they are stored. */
const mapOf = (call: Call): string[] =>
  call.list('map').map((entry) => printProperties(parseProperties(entry)));

function setOptions(call: Call, mapping: Mapping): void {
  const description = call.optional('description');
  if (description !== undefined) mapping.description = description;
  if (call.optional('mdev') !== undefined) mapping.mdev = call.flag('mdev');
}

function update(call: Call, kind: MappingKind): null {
  const mapping = find(call, kind);
  for (const key of splitList(call.optional('delete') ?? '')) {
    if (key === 'description') delete mapping.description;
    if (key === 'mdev') delete mapping.mdev;
  }
  if (call.list('map').length > 0) mapping.map = mapOf(call);
  setOptions(call, mapping);
  return null;
}

function remove(call: Call, kind: MappingKind): null {
  call.state.mappings[kind].delete(find(call, kind).id);
  return null;
}

import { z } from 'zod';
import { limitOf, type Limit } from '../../../../model/cluster/definition/keys';
import { definitionSchema, type DefinitionDraft } from '../../../../model/cluster/definition/schema';
import { formatPath } from '../../../../model/diagnostics/diagnostics';
import type { Path } from '../../../../model/diagnostics/source';
import { checkDefinitions } from '../../../../model/load/load';
import { loadEndpoints } from '../../../../simulators/pve/schema/source';
import { BASE, clusterOf, SERVER, SOURCE } from '../../../testing/drafts';

/** Every key of the schema with its place: the first item of a list, the entry x of a map. */
function* keysOf(schema: unknown, path: Path): Generator<{ path: Path; key: z.ZodType }> {
  if (schema instanceof z.ZodObject)
    for (const [name, key] of Object.entries(schema.shape)) {
      yield { path: [...path, name], key: key as z.ZodType };
      yield* keysOf(key, [...path, name]);
    }
  if (schema instanceof z.ZodOptional) yield* keysOf(schema.unwrap(), path);
  if (schema instanceof z.ZodArray) yield* keysOf(schema.element, [...path, 0]);
  if (schema instanceof z.ZodRecord) yield* keysOf(schema.valueType, [...path, 'x']);
}

const KEYS = [...keysOf(definitionSchema, [])];
const isNumber = (schema: unknown): boolean =>
  schema instanceof z.ZodOptional ? isNumber(schema.unwrap()) : schema instanceof z.ZodNumber;

/** A value with another one at a place, and what is around it made where it is missing. */
function withAt(value: unknown, [part, ...rest]: Path, put: unknown): unknown {
  if (part === undefined) return put;
  if (typeof part === 'number') {
    const list = [...((value as unknown[] | undefined) ?? [])];
    list[part] = withAt(list[part], rest, put);
    return list;
  }
  const map = (value ?? {}) as Readonly<Record<string, unknown>>;
  return { ...map, [part]: withAt(map[part], rest, put) };
}

describe('limits', () => {
  /** Omni has such a strategy for workers only, and the rule says so of all of it. */
  const REFUSED = /^defaults\.control_planes\.machine_set\.(update|delete)_strategy/;
  const numbers = KEYS.filter(({ path, key }) => isNumber(key) && !REFUSED.test(formatPath(path)));

  const NAMED = {
    ...BASE,
    control_planes: [{ name: 'a' }],
    workers: [{ name: 'b' }],
    gpu_workers: [{ name: 'c' }],
  };

  /** What the rules say against a number at a place. */
  function against(path: Path, value: number): string[] {
    const changed = withAt(NAMED, path, value);
    return checkDefinitions([{ value: changed, source: SOURCE, diagnostics: [] }])
      .diagnostics.filter((one) => one.severity === 'error' && one.path === formatPath(path))
      .map(({ rule, message }) => `${rule}: ${message}`);
  }

  it.each(
    numbers
      .map(({ path, key }) => [formatPath(path), path, limitOf(key)] as const)
      .filter(([, , { min, max }]) => Number.isFinite(min) || Number.isFinite(max)),
  )('of %s hold in the rules as in the schema', (_, path, { min, max }: Limit) => {
    // Each number has a lower limit: none may be negative.
    expect({ min: against(path, min), below: against(path, min - 1) }).toEqual({
      min: [],
      below: [expect.any(String)],
    });
    if (max === Infinity) {
      expect(against(path, Number.MAX_SAFE_INTEGER)).toEqual([]);
      return;
    }
    expect({ max: against(path, max), above: against(path, max + 1) }).toEqual({
      max: [],
      above: [expect.any(String)],
    });
  });

  it('have all numbers, but for those that only name something', () => {
    const free = numbers.filter(({ key }) => limitOf(key).min === -Infinity).map(({ path }) => path.at(-1));
    expect([...new Set(free)]).toEqual(['iommu_group']);
  });

  it('are those of the API of Proxmox, where it says some', async () => {
    const endpoints = await loadEndpoints();
    if (typeof endpoints === 'string') {
      if (process.env['CI']) throw new Error(endpoints);
      return;
    }
    interface Parameter {
      readonly minimum?: number;
      readonly maximum?: number;
      readonly description?: string;
      readonly format?: Readonly<Record<string, Parameter>>;
    }
    const { properties } = endpoints['/nodes/{node}/qemu']?.['POST']?.parameters as unknown as {
      properties: Readonly<Record<string, Parameter>>;
    };
    const limit = ({ minimum = -Infinity, maximum = Infinity }: Parameter = {}): Limit => ({
      min: minimum,
      max: maximum,
    });
    const ours = (...path: Path): Limit => {
      const found = KEYS.find((one) => formatPath(one.path) === formatPath(path));
      return limitOf(found?.key ?? definitionSchema);
    };
    const { tag, mtu } = properties['net[n]']?.format ?? {};
    expect(ours('workers', 0, 'vm_id')).toEqual(limit(properties['vmid']));
    expect(ours('defaults', 'all', 'cpu_cores').min).toBe(limit(properties['cores']).min);
    // 0 is none, and the OS disk is at scsi0.
    expect(ours('network_config', 'vlan_id')).toEqual({ ...limit(tag), min: 0 });
    expect(properties['scsi[n]']?.description).toContain(
      `(n is 0 to ${ours('defaults', 'all', 'data_disks', 0, 'slot').max})`,
    );
    for (const network of ['network_config', 'storage_network'])
      expect(ours(network, 'mtu').max).toBeLessThanOrEqual(limit(mtu).max);
  });
});

describe('defaults', () => {
  const NODE = { data_disks: [{ size_gb: 5 }], omni_machine: {} };
  /** A definition with all that has keys with a default. */
  const WHOLE: DefinitionDraft = {
    ...BASE,
    proxmox_servers: { x: { ...SERVER, storage_os: 'os', storage_data: 'data' } },
    storage_network: { subnet: '10.9.0.0/24', bridge: 'vmbr1' },
    images: { talos: BASE.images?.['talos'] ?? {}, x: { schematic: {} } },
    pci_mappings: { x: { devices: [] } },
    resource_pool: { id: 'talos' },
    bootstrap: { manifests: [{ file: 'a.yaml' }] },
    omni: {
      endpoint: 'https://omni.example.com',
      machine_sets: { x: { machine_class: 'c', size: 1, ...strategies() } },
    },
    defaults: Object.fromEntries(
      ['control_planes', 'workers', 'gpu_workers'].map((role) => [
        role,
        { first_ip: '10.0.0.50', storage_first_ip: '10.9.0.50', machine_set: strategies() },
      ]),
    ),
    control_planes: [{ name: 'cp-1', ...NODE }],
    workers: [{ name: 'w-1', ...NODE, image: 'x' }],
    gpu_workers: [{ name: 'g-1', ...NODE }],
    node_pools: [
      { name: 'p', role: 'worker', count: 1, first_index: undefined, data_disks: [{ size_gb: 5 }], machine_set: strategies() },
    ], // prettier-ignore
  };

  function strategies() {
    return { upgrade_strategy: {}, update_strategy: {}, delete_strategy: {} };
  }

  /** What Omni does where we write nothing; written out it goes into the template. */
  const OF_OMNI = /^omni\.\w+$|\.max_parallelism$|^omni\.healthchecks/;
  /** Under `defaults` there are no data disks, which would be those of all nodes. */
  const ELSEWHERE = /^defaults\.\w+\.data_disks/;

  const presets = KEYS.flatMap(({ path, key }) =>
    'preset' in key ? [[formatPath(path), path, key.preset] as const] : [],
  ).filter(([text]) => !OF_OMNI.test(text) && !ELSEWHERE.test(text));

  const ALONE: DefinitionDraft = {
    ...WHOLE,
    management: 'standalone',
    standalone: { registry_mirrors: { x: { endpoints: ['https://mirror.example.com'] } } },
  };

  it.each(presets)('of %s is what the cluster has without it', (_, path, preset) => {
    const whole = path[0] === 'standalone' ? ALONE : WHOLE;
    const parent = path
      .slice(0, -1)
      .reduce<unknown>(
        (value, part) => (value as Readonly<Record<string, unknown>> | undefined)?.[part],
        whole,
      );
    // What is not there could have any default.
    if (path[0] !== 'defaults') expect(parent).toBeDefined();
    expect(clusterOf(withAt(whole, path, preset) as DefinitionDraft)).toEqual(clusterOf(whole));
  });

  it('are many', () => {
    expect(presets.length).toBeGreaterThan(150);
  });
});

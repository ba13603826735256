import type { Path } from '../../diagnostics/source';
import { DEFAULT_MAC_PREFIX } from '../../cluster/identity/mac';
import { parseSubnet } from '../../support/net';
import { versionIn } from '../../cluster/resolve/images';
import { ROLE_FACTS, ROLES } from '../../cluster/roles';
import { detectEra, ERA_FACTS, type Era, type EraFacts } from './eras';
import { convertNodes, defined } from './nodes';
import { asDeclared, isHclMap, type TfvarsValues } from './variables';

/** A decision of the conversion that its user should know. */
export interface Note {
  /** Place in the definition. */
  readonly path: Path;
  /** Place in the file, where that is another. */
  readonly at?: Path;
  /** A warning is something that the file says and the definition does not. */
  readonly severity: 'info' | 'warning' | 'error';
  readonly message: string;
}

export interface Conversion {
  readonly era: Era;
  /** A definition as far as the file allows; unknown keys are still in it, for the schema to report. */
  readonly definition: Readonly<Record<string, unknown>>;
  readonly notes: readonly Note[];
}

/** Extensions that the starter wrote into its Omni template for every cluster. */
const BASE_EXTENSIONS = ['iscsi-tools', 'nfsd', 'qemu-guest-agent', 'util-linux-tools'].map(
  (e) => `siderolabs/${e}`,
);

const GPU_EXTENSIONS = ['nonfree-kmod-nvidia-production', 'nvidia-container-toolkit-production'].map(
  (e) => `siderolabs/${e}`,
);

/** Default of the starter's variable `network_config`. */
const NETWORK = {
  subnet: '192.168.10.0/24',
  gateway: '192.168.10.1',
  dns_servers: ['1.1.1.1', '8.8.8.8'],
  vlan_id: 0,
};

interface Context {
  readonly era: Era;
  readonly facts: EraFacts;
  readonly input: TfvarsValues;
  note(severity: Note['severity'], path: Path, message: string, at?: Path): void;
}

/** Turns the variables of a starter file, without secrets, into a definition that builds the same VMs. */
export function convertStarter(values: TfvarsValues): Conversion {
  const notes: Note[] = [];
  const era = detectEra(values);
  const context: Context = {
    era,
    facts: ERA_FACTS[era],
    input: asDeclared(values),
    note: (severity, path, message, at) => notes.push({ path, severity, message, ...(at ? { at } : {}) }),
  };
  const { boot_method: _method, talos_template_name: _template, ...input } = context.input;
  const images = bootImages(context);
  const converted = {
    cluster_name: orDefault(context, 'cluster_name', 'talos-cluster'),
    talos_version: talosVersion(context, [images.talos_iso, images.talos_gpu_iso]),
    ...images,
    proxmox_servers: servers(context),
    network_config: network(context),
    mac_address_prefix: macPrefix(context),
    ...vmVariables(context),
    ...nodeLists(context),
  };
  // `converted` twice: first for the order of the keys, then for the values.
  const definition = defined({ ...converted, ...input, ...converted, ...ownKeys(input, converted) });
  return { era, definition, notes };
}

/** Keys of ours that somebody already added to the file win over what the conversion would set. */
function ownKeys(input: TfvarsValues, converted: TfvarsValues): TfvarsValues {
  const { system_extensions, defaults } = input;
  if (!isHclMap(defaults) || !isHclMap(converted['defaults']))
    return defined({ system_extensions, defaults });
  const merged = Object.entries({ ...converted['defaults'], ...defaults }).map(([key, block]) => {
    const ours = (converted['defaults'] as TfvarsValues)[key];
    return [key, isHclMap(ours) && isHclMap(block) ? { ...ours, ...block } : block];
  });
  return defined({ system_extensions, defaults: Object.fromEntries(merged) as TfvarsValues });
}

function orDefault({ input, note }: Context, key: string, value: unknown): unknown {
  if (input[key] !== undefined) return input[key];
  note('info', [key], 'not in the file; this is the default of the starter');
  return value;
}

/** The ISOs that VMs boot from; "" is PXE. */
function bootImages(context: Context): { talos_iso?: unknown; talos_gpu_iso?: unknown } {
  const { era, facts, input, note } = context;
  const {
    boot_method: method,
    talos_template_name: template,
    talos_iso: written,
    talos_gpu_iso: gpu,
  } = input;
  if (facts.talosIso === undefined) {
    const iso = `local:iso/talos-${facts.talosVersion.slice(1)}.iso`;
    const name = typeof template === 'string' ? template : 'talos-template';
    note(
      'warning',
      ['talos_iso'],
      `VMs were clones of the template "${name}", which is not carried over; new VMs boot ${iso}: upload it to every server, or set talos_iso`,
      ['talos_template_name'],
    );
    return { talos_iso: iso };
  }
  if (template !== undefined) {
    note(
      'info',
      ['talos_iso'],
      'talos_template_name belongs to an earlier starter and had no effect: not carried over',
    );
  }
  if (method === 'pxe') {
    const unused = written
      ? `; talos_iso ${JSON.stringify(written)} had no effect and is not carried over`
      : '';
    note('info', ['talos_iso'], `boot_method was pxe: "" boots from the network${unused}`);
    return { talos_iso: '', talos_gpu_iso: undefined };
  }
  if (method !== undefined && method !== 'iso') {
    note('error', ['boot_method'], `${JSON.stringify(method)} is not one of iso, pxe; use one of them`);
  }
  const hasGpu = Array.isArray(input['gpu_workers']) && input['gpu_workers'].length > 0;
  if (hasGpu && gpu === undefined && facts.talosGpuIso === undefined) {
    note('info', ['talos_iso'], `GPU workers boot the same ISO, as in ${era} of the starter`);
  }
  return {
    talos_iso: orDefault(context, 'talos_iso', facts.talosIso),
    ...(hasGpu && facts.talosGpuIso
      ? { talos_gpu_iso: orDefault(context, 'talos_gpu_iso', facts.talosGpuIso) }
      : {}),
  };
}

/** The starter only printed `talos_version`; what ran was the version of the ISO. */
function talosVersion({ era, facts, input, note }: Context, isos: readonly unknown[]): unknown {
  const written = input['talos_version'];
  const version = typeof written === 'string' && /^\d+\.\d+\.\d+/.test(written) ? `v${written}` : written;
  const booted = versionIn(isos.filter((iso) => typeof iso === 'string'));
  if (era === 'v1') note('info', ['talos_version'], 'the file does not tell which version the template had');
  else if (booted !== undefined && version !== undefined && version !== booted) {
    const message = `the file says ${String(written)}, which the starter only printed; ${booted} of the ISO is taken`;
    note('warning', ['talos_version'], message);
  } else if (version === undefined) {
    note(
      'info',
      ['talos_version'],
      `not in the file; ${booted ? 'the version of the ISO' : 'the default of the starter'}`,
    );
  }
  return booted ?? version ?? facts.talosVersion;
}

function servers({ input, note }: Context): unknown {
  const map = input['proxmox_servers'];
  if (!isHclMap(map)) return map;
  if (Object.keys(map).length > 1) {
    const message =
      'the starter sent all requests to the first server by name; each is now asked itself. Servers that form a Proxmox cluster share VMIDs: give them the same proxmox_cluster';
    note('info', ['proxmox_servers'], message);
  }
  return Object.fromEntries(
    Object.entries(map).map(([key, server]) => {
      if (!isHclMap(server) || typeof server['api_url'] !== 'string') return [key, server];
      return [key, { ...server, api_url: server['api_url'].replace(/\/api2\/json\/?$/, '/') }];
    }),
  );
}

function network(context: Context): unknown {
  const config = orDefault(context, 'network_config', NETWORK);
  const text = isHclMap(config) ? config['subnet'] : undefined;
  const subnet = typeof text === 'string' ? parseSubnet(text) : undefined;
  if (subnet && subnet.prefix !== 24) {
    const message = `the starter gave every node the prefix /24 whatever this says; it is /${subnet.prefix} from now on`;
    context.note('warning', ['network_config', 'subnet'], message);
  }
  // A metal image takes its address from nowhere else.
  return isHclMap(config) ? { ...config, addressing: config['addressing'] ?? 'dhcp_reservation' } : config;
}

function macPrefix(context: Context): unknown {
  const prefix = orDefault(context, 'mac_address_prefix', DEFAULT_MAC_PREFIX);
  return typeof prefix === 'string' ? prefix.toUpperCase() : prefix;
}

/** The arguments that the VMs had in effect, whatever the variables said. */
function vmVariables(context: Context): TfvarsValues {
  const { facts, input, note } = context;
  const written = { agent: input['vm_qemu_agent'], protection: input['vm_protection'] };
  if (facts.agent.fixed && written.agent === false) {
    const message = 'the file says false, but the starter turned the agent on for every VM; true is kept';
    note('warning', ['vm_qemu_agent'], message);
  }
  if (!facts.protection && written.protection === true) {
    const message =
      'the file says true, but the starter never applied it; false is kept, set true to protect the VMs';
    note('warning', ['vm_protection'], message);
  }
  const agent = facts.agent.fixed ? true : (written.agent ?? facts.agent.default);
  const base = agent === true ? BASE_EXTENSIONS : undefined;
  if (base) note('info', ['system_extensions'], 'the list that the starter wrote into its Omni template');
  const all = ['defaults', 'all'];
  note(
    'info',
    [...all, 'bios'],
    'firmware and chipset as the starter built its VMs; changing them means new VMs',
  );
  note(
    'info',
    [...all, 'cpu_type'],
    'the starter set no CPU type; this one suits Talos and all hosts since about 2011',
  );
  const hasGpu = Array.isArray(input['gpu_workers']) && input['gpu_workers'].length > 0;
  return {
    vm_start_on_boot: input['vm_start_on_boot'] ?? true,
    vm_protection: facts.protection ? (written.protection ?? false) : false,
    vm_qemu_agent: agent,
    system_extensions: base,
    defaults: {
      all: { bios: 'seabios', machine: facts.machine, cpu_type: 'x86-64-v2-AES' },
      ...(hasGpu ? { gpu_workers: { system_extensions: [...(base ?? []), ...GPU_EXTENSIONS] } } : {}),
    },
  };
}

function nodeLists({ era, facts, input, note }: Context): TfvarsValues {
  if (facts.vmIds === undefined) {
    const message = `Proxmox chose the VMIDs of starter ${era}; nodes get new ones. To adopt running VMs, give each node its vm_id as its server shows it (qm list)`;
    note('warning', ['control_planes'], message);
  } else {
    const message =
      'VMIDs are 100, 110 and 120 plus the position, as the starter set them since commit 7bd55f6; in an older copy Proxmox chose them: compare with the running VMs';
    note('info', ['control_planes'], message);
  }
  if (Array.isArray(input['gpu_workers']) && input['gpu_workers'].length > 0) {
    const message =
      facts.gpuMappings.length > 0
        ? `the starter gave every GPU worker the mapping ${facts.gpuMappings.join()}; it must exist in Proxmox`
        : 'the starter attached no GPU: a person did, and with gpu_mappings [] still does; gpu_pci_id only tells which';
    note('info', ['gpu_workers'], message);
  }
  return Object.fromEntries(
    ROLES.map((role) => {
      const { key } = ROLE_FACTS[role];
      const message =
        'the data disk has a size but no storage, which the example of the starter means as "no data disk"; it is left out, name a storage to get it';
      const onDiskWithoutStorage = (path: Path) => note('warning', path, message);
      return [key, convertNodes(key, role, input, facts, onDiskWithoutStorage)];
    }),
  );
}

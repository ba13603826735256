import type { DefinitionDraft, NodeInput } from '../../cluster/definition/schema';
import { properties } from '../../proxmox/config';
import { ownTags } from '../../cluster/role-tags';
import { ROLE_FACTS, ROLES } from '../../cluster/roles';
import { GUEST_AGENT } from '../../talos/extensions';
import { byBytes } from '../../support/text';
import { byInterface } from '../../cluster/adopted';
import type { RunningNode } from './talos/running-node';
import { cloudInitAddress, isoOf, nicsOf, nodeValues, type FoundVm } from './vm';

type Values = Readonly<Record<string, unknown>>;

/** A VM, what the definition says of it so far, and what of it stays as it is. */
export interface Adoption {
  readonly vm: FoundVm;
  readonly input: NodeInput;
  /** Tags that the VM has. */
  readonly tags: readonly string[];
  readonly ignoreChanges: readonly string[];
  /** The node of a running cluster that the VM is. */
  readonly running?: RunningNode;
}

/**
 * A definition with the adopted VMs as nodes. What the definition says beyond the VMs stays; of a VM, the server is right.
 *
 * @param base servers, network and whatever else is known, perhaps with nodes
 */
export function adoptedDefinition(
  cluster: string,
  base: DefinitionDraft,
  adoptions: readonly Adoption[],
): Values {
  const vms = adoptions.map(({ vm }) => vm);
  const names = new Set(vms.map(({ name }) => name));
  const { cluster_name: _, system_extensions, ...rest } = base;
  const lists = Object.fromEntries(
    ROLES.map((role) => {
      const kept = (base[ROLE_FACTS[role].key] ?? []).filter(({ name = '' }) => !names.has(name));
      const adopted = adoptions.filter(({ vm }) => vm.role === role).map((one) => nodeOf(cluster, one));
      return [ROLE_FACTS[role].key, [...kept, ...adopted]];
    }),
  );
  return filled({
    cluster_name: cluster,
    ...rest,
    network_config: networkConfig(base.network_config ?? {}, vms),
    ...imagesOf(base, vms),
    system_extensions: withAgent(system_extensions, vms),
    ...lists,
  });
}

/** Without keys that say nothing. */
const filled = (values: Values): Values =>
  Object.fromEntries(
    Object.entries(values).filter(
      ([key, value]) => value !== undefined && !(key in EMPTY && Array.isArray(value) && value.length === 0),
    ),
  );

/** Lists that are left out where nothing is in them. An empty list of data disks says that there are none. */
const EMPTY: Values = { control_planes: 0, workers: 0, gpu_workers: 0, tags: 0, ignore_changes: 0 };

function nodeOf(cluster: string, { vm, input, tags, ignoreChanges }: Adoption): Values {
  const automatic = ownTags(vm.role, cluster);
  const own = [...new Set([...(input.tags ?? []), ...tags])].filter((tag) => !automatic.includes(tag));
  return filled({
    ...nodeFirst(input),
    ...nodeValues(vm),
    ...gpuMappings(vm, input),
    tags: own.sort(byBytes),
    ignore_changes: ignoreChanges,
  });
}

/** Keys of the VM come first, and in their order; those of the definition alone follow. */
const nodeFirst = (input: NodeInput): Values => ({
  name: undefined,
  index: undefined,
  adopted: undefined,
  ...input,
});

/** Whatever the role: what is not written counts as free, and the next VM that is to have it does not start. */
function gpuMappings({ role, config }: FoundVm, input: NodeInput): Values {
  if (input.gpu_mappings !== undefined) return {};
  const found = Object.keys(config)
    .filter((key) => /^hostpci\d+$/.test(key))
    .sort(byInterface)
    .flatMap((key) => properties(config[key] ?? '')['mapping'] ?? []);
  // Of a GPU worker without one, an empty list says that a person attaches the GPU.
  return found.length > 0 || role === 'gpu-worker' ? { gpu_mappings: [...new Set(found)] } : {};
}

type Network = NonNullable<DefinitionDraft['network_config']>;

/** How nodes get their address is for the whole cluster: with cloud-init only where all VMs have it. */
function networkConfig(network: Network, vms: readonly FoundVm[]): Values {
  const byCloudInit = vms.every(({ config }) => cloudInitAddress(config) !== undefined);
  const [vlan, ...others] = [...new Set(vms.map(({ config }) => nicsOf(config)[0]?.vlanId ?? 0))];
  return {
    ...network,
    ...(network.vlan_id === undefined && vlan && others.length === 0 ? { vlan_id: vlan } : {}),
    addressing: network.addressing ?? (byCloudInit ? undefined : 'dhcp_reservation'),
  };
}

/** Without an image in the definition, new nodes boot the ISO that most of the VMs have in their drive. */
function imagesOf(base: DefinitionDraft, vms: readonly FoundVm[]): Values {
  const servers = Object.values(base.proxmox_servers ?? {});
  const known = base.images ?? base.talos_iso ?? servers.find(({ talos_iso: iso }) => iso !== undefined);
  if (known !== undefined) return {};
  const isos = vms.flatMap(({ config }) => isoOf(config) ?? []).sort(byBytes);
  const number = (iso: string) => isos.filter((other) => other === iso).length;
  const [iso] = [...new Set(isos)].sort((a, b) => number(b) - number(a));
  return { images: { talos: iso === undefined ? { pxe: true } : { iso } } };
}

function withAgent(
  extensions: readonly string[] | undefined,
  vms: readonly FoundVm[],
): readonly string[] | undefined {
  if (!vms.some(({ agent }) => agent) || extensions?.includes(GUEST_AGENT)) return extensions;
  return [...(extensions ?? []), GUEST_AGENT];
}

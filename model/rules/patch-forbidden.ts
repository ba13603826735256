import type { Management } from '../cluster/management';
import { isLegacyNetwork } from '../talos/talos-forms';
import { leaves, maySetAnything, valueAt, writtenPatches } from '../talos/written-patches';
import { clusterRule, error, type Finding } from './lib/rule';
import type { WrittenPatch } from '../talos/written-patches';

/** What identifies a cluster and its nodes: Omni sets it and refuses it in a patch, and without Omni it comes from the secrets. */
const IDENTITY: readonly string[] = [
  'cluster.clusterName', 'cluster.id', 'cluster.controlPlane.endpoint', 'cluster.token', 'cluster.secret',
  'cluster.aescbcEncryptionSecret', 'cluster.secretboxEncryptionSecret', 'cluster.acceptedCAs', 'machine.token',
  'machine.ca', 'machine.type', 'machine.acceptedCAs',
]; // prettier-ignore

/** Places in a patch that something else decides, and what to do instead. */
const DECIDED: Readonly<Record<string, string>> = {
  'machine.install.extensions': 'has no effect since Talos 1.10; use system_extensions',
  'machine.install.extraKernelArgs': 'is ignored by UEFI and refused by Talos 1.12; use kernel_args',
  'machine.install.disk': 'has no effect, because the definition selects the OS disk of each node; remove it',
  'machine.network.hostname': 'is the name of the node; rename the node instead',
  'machine.disks': 'selects disks by their place, which changes; use data_disks',
};

/** The same, by what makes the rest of the configuration. */
const DECIDED_BY: Readonly<Record<Management['kind'], Readonly<Record<string, string>>>> = {
  omni: {
    ...Object.fromEntries(
      IDENTITY.map((place) => [place, 'belongs to Omni, which refuses it in a patch; remove it']),
    ),
    'machine.install.image': 'is chosen by Omni from version and extensions; remove it',
  },
  standalone: {
    ...Object.fromEntries(
      IDENTITY.map((place) => [
        place,
        'comes from the secrets of the cluster and its definition, and another value would take the node out of it; remove it',
      ]),
    ),
    'machine.install.image': 'is that of the image, or standalone.installer; remove it here',
  },
  none: {},
};

/** What only an adopted node may have, in patches of its own: a new one gets it from the definition. */
export const NODE_ONLY_PLACES: readonly string[] = [
  ...Object.keys(DECIDED),
  ...['cluster.acceptedCAs', 'machine.acceptedCAs', 'machine.install.image', 'machine.network.interfaces'],
  ...['HostnameConfig', 'LinkConfig', 'LinkAliasConfig'],
];

/** Parts that make the configuration of a worker invalid. */
const CONTROL_PLANE_ONLY = ['cluster.etcd', 'machine.features.kubernetesTalosAPIAccess'];

export const patchForbidden = clusterRule(
  'patch-forbidden',
  'A Talos patch sets nothing that Omni or the definition decides, and nothing that does not fit its nodes',
  function* (cluster) {
    const legacy = isLegacyNetwork(cluster.talosContract);
    const { kind } = cluster.management;
    for (const patch of writtenPatches(cluster)) {
      const keeps = maySetAnything(patch, kind);
      yield* decided(patch, kind, keeps);
      yield* misplaced(patch);
      if (!keeps) yield* wrongForm(patch, legacy, cluster.talosContract);
    }
  },
);

function* decided(
  { body, path }: WrittenPatch,
  management: Management['kind'],
  keeps: boolean,
): Generator<Finding> {
  const places = { ...DECIDED, ...DECIDED_BY[management] };
  const told = Object.keys(places)
    .filter((place) => !(keeps && NODE_ONLY_PLACES.includes(place)))
    .filter((place) => valueAt(body, place) !== undefined);
  for (const place of told)
    yield { ...error([...path, ...place.split('.')], `${place} ${places[place]}`), atKey: true };
  if (valueAt(body, 'kind') === 'HostnameConfig' && !keeps)
    yield error([...path, 'kind'], 'the hostname is the name of the node; rename the node instead');
  const roles = valueAt(body, 'machine.features.kubernetesTalosAPIAccess.allowedRoles');
  if (management === 'omni' && Array.isArray(roles) && roles.includes('os:admin'))
    yield error(
      [...path, 'machine', 'features', 'kubernetesTalosAPIAccess', 'allowedRoles'],
      'os:admin is refused by Omni; name a lesser role, such as os:etcd:backup',
    );
  if (keeps) return;
  for (const { path: at, value } of leaves(body, path)) {
    if (told.some((place) => at.slice(path.length).join('.').startsWith(place))) continue;
    if (typeof value === 'string' && /\/dev\/(?:sd[a-z]|vd[a-z]|nvme\d)/.test(value))
      yield error(
        at,
        `"${value}" may be another disk after the next boot; select it by disk.serial or disk.symlinks, or use data_disks`,
      );
  }
}

/** What differs from machine to machine in a patch of many, or what only control planes have. */
function* misplaced({ body, path, shared, role }: WrittenPatch): Generator<Finding> {
  if (shared) {
    const interfaces = valueAt(body, 'machine.network.interfaces');
    for (const [i, item] of (Array.isArray(interfaces) ? interfaces : []).entries()) {
      if (valueAt(item, 'addresses') !== undefined)
        yield error(
          [...path, 'machine', 'network', 'interfaces', i, 'addresses'],
          'all machines that get this patch would have the same address; write it into the patches of a node',
        );
    }
    if (valueAt(body, 'kind') === 'LinkConfig' && valueAt(body, 'addresses') !== undefined)
      yield error(
        [...path, 'addresses'],
        'all machines that get this patch would have the same address; write it into the patches of a node',
      );
  }
  if (role === 'control-plane') return;
  for (const place of CONTROL_PLANE_ONLY) {
    if (valueAt(body, place) !== undefined)
      yield {
        ...error(
          [...path, ...place.split('.')],
          `${place} is for control planes only; write it into defaults.control_planes.patches`,
        ),
        atKey: true,
      };
  }
  if (valueAt(body, 'kind') === 'Layer2VIPConfig')
    yield error(
      [...path, 'kind'],
      'a virtual address is for control planes only; write it into defaults.control_planes.patches',
    );
}

/** Network configuration in the form that the cluster does not have. */
function* wrongForm({ body, path }: WrittenPatch, legacy: boolean, contract: string): Generator<Finding> {
  if (legacy || valueAt(body, 'machine.network.interfaces') === undefined) return;
  yield {
    ...error(
      [...path, 'machine', 'network', 'interfaces'],
      `a cluster created with Talos ${contract} has links as documents; write LinkConfig, VLANConfig or BondConfig`,
    ),
    atKey: true,
  };
}

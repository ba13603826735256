import type { Cluster, Node } from '../cluster/cluster';
import { majority } from '../cluster/etcd';
import type { LiveCluster } from './live-cluster';
import { controlPlanesOf } from './membership';

/** Workers first: what is wrong with a change shows where it does the least harm. */
export const restartOrder = ({ nodes }: Cluster, names: ReadonlySet<string>): Node[] => {
  const chosen = nodes.filter(({ name }) => names.has(name));
  const isPlane = ({ role }: Node) => role === 'control-plane';
  return [...chosen.filter((node) => !isPlane(node)), ...chosen.filter(isPlane)];
};

/** Why a node must not go down at this moment; `undefined` if it may. A single control plane may: there is no other way. */
export function restartObstacle(
  { name, role }: Pick<Node, 'name' | 'role'>,
  cluster: string,
  { members, ready }: LiveCluster,
): string | undefined {
  const planes = members.filter(({ set }) => set === controlPlanesOf(cluster));
  const healthy = planes.filter(({ id }) => ready.get(id) === true);
  const unready = planes.filter(({ id }) => ready.get(id) !== true).map((plane) => plane.name || plane.id);
  const needed = majority(planes.length);
  if (planes.length === 0) return 'Omni knows no control plane of the cluster';
  const left = role === 'control-plane' ? healthy.filter((plane) => plane.name !== name) : healthy;
  const isAlone = role === 'control-plane' && planes.length === 1;
  if (isAlone || left.length >= needed) return undefined;
  const without = role === 'control-plane' ? ` without ${name}` : '';
  const who = unready.length > 0 ? ` (not ready: ${unready.join(', ')})` : '';
  return `${left.length} of ${planes.length} control planes would be healthy${without}, and etcd needs ${needed}${who}`;
}

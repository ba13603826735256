import type { Node } from '../cluster/cluster';

/** Whether a node has etcd and the API of Kubernetes. */
export const isControlPlane = ({ role }: Pick<Node, 'role'>): boolean => role === 'control-plane';

/** Control planes by number, then the others as they are: etcd begins on the first. */
export const inOrder = (nodes: readonly Node[]): Node[] => [
  ...nodes.filter(isControlPlane).sort((a, b) => a.index - b.index),
  ...nodes.filter((node) => !isControlPlane(node)),
];

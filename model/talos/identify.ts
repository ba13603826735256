import type { Node } from '../cluster/cluster';
import type { MachineIdentity } from './node-answers';

/**
 * Why a machine that answers at the address of a node is not this node; undefined where it is. Its secrets go to nobody else:
 * another machine may have taken the address, by DHCP or by a mistake in another definition.
 */
export function foreignMachine(
  { uuid, nics }: Pick<Node, 'uuid' | 'nics'>,
  found: MachineIdentity,
): string | undefined {
  if (uuid !== undefined && found.uuid !== '' && uuid.toLowerCase() !== found.uuid)
    return `another machine answers there: its UUID is ${found.uuid}, and that of the node ${uuid}`;
  const own = nics[0]?.mac.toLowerCase() ?? '';
  const isOurs = found.macs.includes(own);
  if (found.macs.length > 0 && !isOurs)
    return `another machine answers there: it has the MAC ${found.macs.join(', ')}, and the node ${own}`;
  if (!isOurs && (uuid === undefined || found.uuid === ''))
    return 'the machine that answers there tells neither its UUID nor its MAC, so nobody can know whether it is this node';
  return undefined;
}

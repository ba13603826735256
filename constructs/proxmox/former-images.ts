import type { DownloadFile } from '../../.gen/providers/proxmox/download-file';
import type { Node } from '../../model/cluster/cluster';
import { legalName } from '../stacks/address';
import { addForget, addMove, needForgetting } from '../stacks/blocks';
import type { ProxmoxServers } from './proxmox-servers';
import { moveFrom } from './sites';

/**
 * Keeps what the state knows of an image by a former name: of a server that was renamed, or of each server before their storage
 * was said to be one. Of those, the file of the first server with nodes becomes that of all, and the others are forgotten
 * instead of destroyed: they are this very file.
 *
 * @param node first node that boots from it, by server
 * @param has  whether a name is that of an image of today
 */
export function keepFormerImage(
  resource: DownloadFile,
  { image, server }: Node,
  servers: ProxmoxServers,
  has: (name: string) => boolean,
): void {
  const nameOf = (place: string): string => `${image.key}_${place}`;
  if (!server.sharedImages) {
    if (server.renamedFrom !== undefined) moveFrom(resource, nameOf(server.renamedFrom));
    return;
  }
  const stack = resource.cdktfStack;
  const { terraformResourceType: type } = resource;
  const addressOf = (place: string): string => `${type}.${legalName(nameOf(place))}`;
  needForgetting(stack);
  if (!has(nameOf(server.key))) {
    if (server.renamedFrom !== undefined)
      addMove(stack, addressOf(server.renamedFrom), addressOf(server.key));
    moveFrom(resource, nameOf(server.key));
  }
  const others = server.sharedImages.servers.filter((key) => key !== server.key).map(servers.server);
  const places = others.flatMap(({ key, renamedFrom }) => [
    key,
    ...(renamedFrom === undefined ? [] : [renamedFrom]),
  ]);
  for (const place of places) if (!has(nameOf(place))) addForget(stack, addressOf(place));
}

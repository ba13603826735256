import type { TerraformResource } from 'cdktf';
import type { Server } from '../../model/cluster/cluster';
import { legalName } from '../stacks/address';
import { addMove } from '../stacks/blocks';

/** The first server, by key, of each Proxmox cluster or standalone host: it makes what the whole site shares. */
export function firstOfEachSite(servers: readonly Server[]): Server[] {
  const seen = new Set<string>();
  return servers.filter(({ site }) => !seen.has(site) && seen.add(site));
}

/** What the site of a server was called before the server was renamed. A Proxmox cluster is not called by its servers. */
export const formerSiteName = ({ key, siteName, renamedFrom }: Server): string | undefined =>
  siteName === key ? renamedFrom : undefined;

/** Lets a resource that is named by its server keep what the state knows by the former name. */
export function moveFrom(resource: TerraformResource, formerName: string): void {
  const { terraformResourceType: type, friendlyUniqueId } = resource;
  addMove(resource.cdktfStack, `${type}.${legalName(formerName)}`, `${type}.${friendlyUniqueId}`);
}

import type { ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';
import { VirtualEnvironmentPool } from '../../.gen/providers/proxmox/virtual-environment-pool';
import type { ResourcePool, Server } from '../../model/cluster/cluster';
import { AddressScope } from '../stacks/address';
import { create } from '../stacks/create';
import { ProxmoxServers } from './proxmox-servers';
import { firstOfEachSite, formerSiteName, moveFrom } from './sites';

/** The Proxmox resource pool of a cluster, made once per Proxmox cluster or standalone server if the cluster owns it. */
export class ResourcePools extends AddressScope {
  private readonly bySite = new Map<string, VirtualEnvironmentPool>();

  constructor(scope: Construct, id: string, pool: ResourcePool | undefined, hosting: readonly Server[]) {
    super(scope, id);
    if (!pool?.create) return;
    const servers = ProxmoxServers.of(this);
    for (const server of firstOfEachSite(hosting)) {
      const resource = create(VirtualEnvironmentPool, this, `${pool.id}_${server.siteName}`, {
        provider: servers.provider(server.key),
        poolId: pool.id,
        comment: pool.comment ?? '',
      });
      const formerSite = formerSiteName(server);
      if (formerSite !== undefined) moveFrom(resource, `${pool.id}_${formerSite}`);
      this.bySite.set(server.site, resource);
    }
  }

  /** What must exist before a VM on a server can join the pool. */
  dependencies(server: Server): ITerraformDependable[] {
    const resource = this.bySite.get(server.site);
    return resource ? [resource] : [];
  }
}

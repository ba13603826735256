import type { ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';
import {
  HardwareMappingPci,
  type HardwareMappingPciConfig,
} from '../../.gen/providers/proxmox/hardware-mapping-pci';
import type { PciMapping, Server } from '../../model/cluster/cluster';
import { AddressScope } from '../stacks/address';
import { create } from '../stacks/create';
import { ProxmoxServers } from './proxmox-servers';
import { firstOfEachSite, formerSiteName, moveFrom } from './sites';

/** Patch for the arguments of a PCI mapping. */
export type PciMappingTransform = (
  config: HardwareMappingPciConfig,
  mapping: PciMapping,
) => HardwareMappingPciConfig;

/**
 * The PCI mappings that a cluster owns. A mapping is an object of a whole Proxmox cluster: there is one resource per
 * Proxmox cluster or standalone server, with an entry for each device in it.
 */
export class PciMappings extends AddressScope {
  private readonly bySite = new Map<string, HardwareMappingPci>();

  constructor(
    scope: Construct,
    id: string,
    mappings: readonly PciMapping[],
    hosting: readonly Server[],
    transform?: PciMappingTransform,
  ) {
    super(scope, id);
    const servers = ProxmoxServers.of(this);
    for (const mapping of mappings) {
      for (const server of firstOfEachSite(hosting)) {
        const devices = mapping.devices.filter((device) => device.server.site === server.site);
        if (devices.length === 0) continue;
        const config: HardwareMappingPciConfig = {
          provider: servers.provider(server.key),
          name: mapping.name,
          ...(mapping.comment ? { comment: mapping.comment } : {}),
          ...(mapping.mediatedDevices ? { mediatedDevices: true } : {}),
          map: devices.map((device) => ({
            nodeAttribute: device.server.nodeName,
            path: device.path,
            id: device.id,
            iommuGroup: device.iommuGroup,
            subsystemId: device.subsystemId,
          })),
        };
        const resource = create(
          HardwareMappingPci,
          this,
          `${mapping.name}_${server.siteName}`,
          config,
          transform && ((safe) => transform(safe, mapping)),
        );
        const formerSite = formerSiteName(server);
        if (formerSite !== undefined) moveFrom(resource, `${mapping.name}_${formerSite}`);
        this.bySite.set(`${mapping.name} ${server.site}`, resource);
      }
    }
  }

  /** What must exist before a VM on a server can use these mappings; existing mappings need nothing. */
  dependencies(names: readonly string[], server: Server): ITerraformDependable[] {
    return names.flatMap((name) => this.bySite.get(`${name} ${server.site}`) ?? []);
  }
}

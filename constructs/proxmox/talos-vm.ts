import type { ITerraformDependable, TerraformResourceLifecycle } from 'cdktf';
import { Construct } from 'constructs';
import {
  VirtualEnvironmentVm,
  type VirtualEnvironmentVmConfig,
} from '../../.gen/providers/proxmox/virtual-environment-vm';
import { byInterface, ignoredPath } from '../../model/cluster/adopted';
import type { Disk, Network, Nic, Node } from '../../model/cluster/cluster';
import { BaseStack } from '../stacks/base-stack';
import { create } from '../stacks/create';
import type { Guards } from './guards';
import { networkDevices } from './network-devices';
import { ProxmoxServers } from './proxmox-servers';
import type { BootFile } from './talos-images';

/** Patch for the provider arguments of a VM, applied last. What it changes is no longer checked by any rule. */
export type VmTransform = (config: VirtualEnvironmentVmConfig, node: Node) => VirtualEnvironmentVmConfig;

/** What a VM is made from. */
export interface TalosVmProps {
  /** The node, with everything filled in. */
  readonly node: Node;
  /** Name of the cluster, for the description. */
  readonly clusterName: string;
  /** Management network of the cluster. */
  readonly network: Network;
  /** What the VM boots from. @default PXE */
  readonly bootFile?: BootFile;
  /** Proxmox resource pool. @default none */
  readonly poolId?: string;
  /** What a plan checks before it changes the VM. @default nothing */
  readonly guards?: Guards;
  /** What must exist before the VM. @default nothing */
  readonly dependsOn?: readonly ITerraformDependable[];
  /** @default no patch */
  readonly transform?: VmTransform;
}

/** The CD drive. q35 boots from ide0 and ide2 only. */
const CDROM = 'ide2';

/** The cloud-init drive: the other IDE slot of q35. */
const CLOUD_INIT = 'ide0';

/** A Talos node as a VM, with every argument written out whose default is dangerous. */
export class TalosVm extends Construct {
  /** The VM in the provider's terms, for what this project has no key for. */
  readonly resource: VirtualEnvironmentVm;

  constructor(scope: Construct, id: string, props: TalosVmProps) {
    super(scope, id);
    const config: VirtualEnvironmentVmConfig = {
      provider: ProxmoxServers.of(this).provider(props.node.server.key),
      ...identity(props),
      ...hardware(props.node),
      ...boot(props),
      ...power(props.node),
      disk: [...props.node.disks]
        .sort((a, b) => byInterface(a.interface, b.interface))
        .map((disk) => diskArguments(disk, props.bootFile)),
      networkDevice: networkDevices(props.node.nics),
      ...lifecycle(props),
      ...(props.dependsOn?.length ? { dependsOn: [...props.dependsOn] } : {}),
    };
    const { node, transform } = props;
    const patch = transform && ((safe: VirtualEnvironmentVmConfig) => transform(safe, node));
    this.resource = create(VirtualEnvironmentVm, this, 'Resource', config, patch);
    if (node.adopted) this.addImport(node);
  }

  /** The VM exists: its first apply takes it into the state as it is. */
  private addImport({ server, vmId }: Node): void {
    const { terraformResourceType, friendlyUniqueId } = this.resource;
    BaseStack.of(this).addImport(
      `${server.nodeName}/${vmId}`,
      `${terraformResourceType}.${friendlyUniqueId}`,
    );
  }
}

type Part = Partial<VirtualEnvironmentVmConfig>;

function identity({ node, clusterName, poolId }: TalosVmProps) {
  return {
    nodeName: node.server.nodeName,
    vmId: node.vmId,
    name: node.name,
    description: `Talos ${node.role} of cluster ${clusterName}, managed by Terraform`,
    tags: [...node.tags],
    ...(poolId ? { poolId } : {}),
    // An adopted VM has its own, with more than the UUID in it.
    ...(node.uuid && !node.adopted ? { smbios: { uuid: node.uuid } } : {}),
  };
}

function hardware(node: Node): Part {
  const storage = osDisk(node).storage;
  return {
    machine: node.machine,
    bios: node.bios,
    ...(node.bios === 'ovmf'
      ? {
          // The default type 2m cannot hold Secure Boot keys, and changing it later replaces the VM.
          efiDisk: { datastoreId: storage, type: '4m', fileFormat: 'raw', preEnrolledKeys: node.secureBoot },
        }
      : {}),
    ...(node.secureBoot ? { tpmState: { datastoreId: storage, version: 'v2.0' } } : {}),
    cpu: { cores: node.cpuCores, sockets: 1, type: node.cpuType },
    memory: { dedicated: node.memoryMb, floating: 0 },
    operatingSystem: { type: 'l26' },
    scsiHardware: node.scsiHardware,
    serialDevice: [{ device: 'socket' }],
    ...(node.gpuMappings.length > 0
      ? {
          hostpci: node.gpuMappings.map((mapping, i) => ({
            device: `hostpci${i}`,
            mapping,
            pcie: node.machine === 'q35',
            // Left out, it would be sent as 0.
            rombar: true,
            xvga: false,
          })),
        }
      : {}),
  };
}

function boot({ node, network, bootFile }: TalosVmProps): Part {
  const iso = bootFile?.content === 'iso';
  return {
    // Disk first: an ISO first would enter the installer again at every reboot, the network first would lose the machine.
    bootOrder: [osDisk(node).interface, ...(iso ? [CDROM] : bootFile ? [] : ['net0'])],
    ...(iso ? { cdrom: { interface: CDROM, fileId: bootFile.fileId } } : {}),
    ...(node.nocloud
      ? {
          initialization: {
            datastoreId: osDisk(node).storage,
            interface: CLOUD_INIT,
            type: 'nocloud',
            dns: { servers: [...network.dnsServers] },
            ipConfig: node.nics.map(ipConfig),
          },
        }
      : {}),
  };
}

function lifecycle({ node, bootFile, guards }: TalosVmProps): Part {
  const ignoreChanges = [
    ...node.ignoreChanges.flatMap((entry) => ignoredPath(entry, node) ?? []),
    // An image bump is for new nodes; a running node is upgraded by Talos.
    ...(bootFile?.content === 'import' ? ['disk[0].import_from'] : []),
    // Proxmox HA moves the VM by itself.
    ...(node.ha ? ['node_name'] : []),
  ];
  const lifecycle: TerraformResourceLifecycle = {
    // Proxmox refuses to remove a protected VM, but only after Terraform has stopped it.
    ...(node.protection ? { preventDestroy: true } : {}),
    ...(ignoreChanges.length > 0 ? { ignoreChanges } : {}),
    ...(guards ? { precondition: [guards.precondition(node)] } : {}),
  };
  return Object.keys(lifecycle).length > 0 ? { lifecycle } : {};
}

/** Every NIC has an address here: Talos may start DHCP on one that has none. */
function ipConfig(nic: Nic) {
  const address = { address: `${nic.ip}/${nic.prefix}`, ...(nic.gateway ? { gateway: nic.gateway } : {}) };
  return nic.version === 4 ? { ipv4: address } : { ipv6: address };
}

function power(node: Node): Part {
  return {
    onBoot: node.startOnBoot,
    started: node.started,
    protection: node.protection,
    rebootAfterUpdate: node.rebootAfterUpdate,
    stopOnDestroy: true,
    // Two standalone servers may share a storage and a VMID: what this VM does not refer to is not its own to delete.
    deleteUnreferencedDisksOnDestroy: false,
    purgeOnDestroy: true,
    migrate: false,
    // A silent agent holds up every plan for its timeout, 15 minutes by default.
    agent: node.agent ? { enabled: true, timeout: '60s', trim: true, type: 'virtio' } : { enabled: false },
    ...(node.startup ? { startup: node.startup } : {}),
  };
}

function diskArguments(disk: Disk, bootFile: BootFile | undefined) {
  return {
    interface: disk.interface,
    datastoreId: disk.storage,
    size: disk.sizeGb,
    fileFormat: disk.format,
    serial: disk.serial,
    aio: 'io_uring',
    backup: true,
    cache: 'none',
    discard: 'on',
    iothread: true,
    replicate: true,
    ssd: true,
    ...(disk.purpose === 'os' && bootFile?.content === 'import'
      ? { importFromAttribute: bootFile.fileId }
      : {}),
  };
}

function osDisk(node: Node): Disk {
  const disk = node.disks.find(({ purpose }) => purpose === 'os');
  if (!disk) throw new Error(`bug: node ${node.name} has no OS disk`);
  return disk;
}

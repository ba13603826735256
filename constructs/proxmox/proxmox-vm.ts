import type { ITerraformDependable, TerraformResourceLifecycle } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import {
  VirtualEnvironmentVm,
  type VirtualEnvironmentVmConfig,
} from '../../.gen/providers/proxmox/virtual-environment-vm';
import { byInterface, ignoredPath } from '../../model/cluster/adopted';
import type { Download, Server, Vm, VmDisk } from '../../model/cluster/cluster';
import type { Diagnostic } from '../../model/diagnostics/diagnostics';
import { handOver } from '../../model/diagnostics/hand-over';
import { problemTexts } from '../../model/diagnostics/lines';
import { resolveVm, type VmProps } from '../../model/vm/props';
import { vmClashes, vmProblems } from '../../model/vm/problems';
import { addImport } from '../stacks/blocks';
import { create } from '../stacks/create';
import { ValidationError } from '../stacks/errors';
import { HaResources } from './ha-resources';
import { networkDevices } from './network-devices';
import { ProxmoxServers } from './proxmox-servers';
import { VmIds } from './vm-ids';

/** Some of the provider's arguments for a VM. */
export type VmArguments = Partial<VirtualEnvironmentVmConfig>;

/** Patch for the provider arguments of a VM, applied last. What it changes is no longer checked by any rule. */
export type ProxmoxVmTransform = (config: VirtualEnvironmentVmConfig, vm: Vm) => VirtualEnvironmentVmConfig;

/** An image on the server of a VM. */
export interface BootFile {
  /** `storage:iso/name`: plain text, so that a new image does not turn every VM into "known after apply". */
  readonly fileId: string;
  /** An ISO goes into the CD drive; a disk image is imported as OS disk. */
  readonly content: Download['content'];
  /** What must exist before the VM. @default nothing */
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** What a plan checks before it changes a VM. */
export interface VmGuard {
  /** The condition of a VM, for its lifecycle. */
  precondition(vm: Pick<Vm, 'name' | 'vmId' | 'server'>): VmPrecondition;
}

/** A precondition of Terraform. */
export type VmPrecondition = NonNullable<TerraformResourceLifecycle['precondition']>[number];

/** What a VM is made from. */
export interface ProxmoxVmProps extends VmProps {
  /** Name of the VM. @default the id of the construct */
  readonly name?: string;
  /** Server that the VM is on: one of `ProxmoxServers.of(stack)`, or its key. */
  readonly server: string | Server;
  /** What the VM boots from until something is installed on its OS disk. @default the network */
  readonly bootFile?: BootFile;
  /** Proxmox resource pool. @default none */
  readonly poolId?: string;
  /**
   * What a plan checks before it changes the VM. Write false for the one apply that renames it.
   * @default that no other VM has its VMID, which Terraform would take over
   */
  readonly guards?: VmGuard | false;
  /** Who tells Proxmox HA of the VM, if it has `ha`. @default the VM */
  readonly haResources?: HaResources;
  /** What must exist before the VM. @default nothing */
  readonly dependsOn?: readonly ITerraformDependable[];
  /** @default no patch */
  readonly transform?: ProxmoxVmTransform;
  /** Whether rules have looked at it already, as part of a cluster. @default false @internal */
  readonly isChecked?: boolean;
}

/** The CD drive. q35 boots from ide0 and ide2 only. */
const CDROM = 'ide2';

/** All VMs of an app. */
const known = new WeakMap<IConstruct, ProxmoxVm[]>();

/**
 * A VM on a Proxmox server, whatever runs in it, with every argument written out whose default is dangerous.
 *
 * The protected methods give the provider's arguments part by part, for subclasses that need others. They are called by the
 * constructor: what they use comes from `props` and `vm`, since fields of a subclass are not there yet. Texts that they give are
 * text for Terraform too, never expressions.
 *
 * @example
 * ProxmoxServers.of(stack).add({ pve1: { apiUrl: 'https://192.168.10.5:8006/', nodeName: 'pve1' } });
 * new ProxmoxVm(stack, 'dns', {
 *   server: 'pve1',
 *   vmId: 200,
 *   disks: [{ storage: 'local-lvm', sizeGb: 20 }],
 *   nics: [{ bridge: 'vmbr0' }],
 *   bootFile: { fileId: 'local:iso/debian-13.iso', content: 'iso' },
 * });
 */
export class ProxmoxVm<Props extends ProxmoxVmProps = ProxmoxVmProps> extends Construct {
  /** The VM with everything filled in. */
  readonly vm: Vm;
  /** The VM in the provider's terms, for what this project has no key for. */
  readonly resource: VirtualEnvironmentVm;

  /** @throws ValidationError with all problems of the props */
  constructor(
    scope: Construct,
    id: string,
    protected readonly props: Props,
  ) {
    super(scope, id);
    const { server, dependsOn = [], transform } = props;
    const servers = ProxmoxServers.of(this);
    this.vm = resolveVm(
      props.name ?? id,
      typeof server === 'string' ? servers.server(server) : server,
      props,
    );
    this.refuseProblems();
    const config: VirtualEnvironmentVmConfig = {
      provider: servers.provider(this.vm.server.key),
      nodeName: this.vm.server.nodeName,
      ...this.identity(),
      ...this.hardware(),
      ...this.boot(),
      ...this.power(),
      ...this.disks(),
      ...this.network(),
      ...this.life(),
      ...(dependsOn.length > 0 ? { dependsOn: [...dependsOn] } : {}),
    };
    const patch = transform && ((safe: VirtualEnvironmentVmConfig) => transform(safe, this.vm));
    this.resource = create(VirtualEnvironmentVm, this, 'Resource', config, patch);
    if (this.vm.adopted) this.addImport();
    if (this.vm.ha) (props.haResources ?? new HaResources(this, 'ha')).add(this.vm, this.resource);
    this.checkWithOthers();
  }

  /** What the VM is known by. */
  protected identity(): VmArguments {
    const { vmId, name, tags, uuid, adopted } = this.vm;
    const { poolId } = this.props;
    return {
      vmId,
      name,
      description: 'Managed by Terraform',
      tags: [...tags],
      ...(poolId ? { poolId } : {}),
      // An adopted VM has its own, with more than the UUID in it.
      ...(uuid && !adopted ? { smbios: { uuid } } : {}),
    };
  }

  /** CPU, memory, firmware and devices. */
  protected hardware(): VmArguments {
    const { machine, bios, secureBoot, cpuCores, cpuType, memoryMb, scsiHardware, gpuMappings } = this.vm;
    const { storage } = this.osDisk;
    return {
      machine,
      bios,
      ...(bios === 'ovmf'
        ? {
            // The default type 2m cannot hold Secure Boot keys, and changing it later replaces the VM.
            efiDisk: { datastoreId: storage, type: '4m', fileFormat: 'raw', preEnrolledKeys: secureBoot },
          }
        : {}),
      ...(secureBoot ? { tpmState: { datastoreId: storage, version: 'v2.0' } } : {}),
      cpu: { cores: cpuCores, sockets: 1, type: cpuType },
      memory: { dedicated: memoryMb, floating: 0 },
      operatingSystem: { type: 'l26' },
      scsiHardware,
      serialDevice: [{ device: 'socket' }],
      ...(gpuMappings.length > 0
        ? {
            hostpci: gpuMappings.map((mapping, i) => ({
              device: `hostpci${i}`,
              mapping,
              pcie: machine === 'q35',
              // Left out, it would be sent as 0.
              rombar: true,
              xvga: false,
            })),
          }
        : {}),
    };
  }

  /** What the VM boots from, and what it finds then. */
  protected boot(): VmArguments {
    const { bootFile } = this.props;
    const iso = bootFile?.content === 'iso';
    const others = iso ? [CDROM] : bootFile || this.vm.nics.length === 0 ? [] : ['net0'];
    return {
      // Disk first: an ISO first would enter the installer again at every reboot, the network first would lose the machine.
      bootOrder: [this.osDisk.interface, ...others],
      ...(iso ? { cdrom: { interface: CDROM, fileId: bootFile.fileId } } : {}),
    };
  }

  /** When the VM runs, and what Proxmox and the provider may do to it. */
  protected power(): VmArguments {
    const { startOnBoot, started, protection, rebootAfterUpdate, agent, startup } = this.vm;
    return {
      onBoot: startOnBoot,
      started,
      protection,
      rebootAfterUpdate,
      stopOnDestroy: true,
      // Two standalone servers may share a storage and a VMID: what this VM does not refer to is not its own to delete.
      deleteUnreferencedDisksOnDestroy: false,
      purgeOnDestroy: true,
      migrate: false,
      // A silent agent holds up every plan for its timeout, 15 minutes by default.
      agent: agent ? { enabled: true, timeout: '60s', trim: true, type: 'virtio' } : { enabled: false },
      ...(startup ? { startup } : {}),
    };
  }

  /** All disks. */
  protected disks(): VmArguments {
    const { bootFile } = this.props;
    const sorted = [...this.vm.disks].sort((a, b) => byInterface(a.interface, b.interface));
    return {
      disk: sorted.map((disk) => ({
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
      })),
    };
  }

  /** All NICs. */
  protected network(): VmArguments {
    return { networkDevice: networkDevices(this.vm.nics) };
  }

  /** What Terraform refuses, and what it leaves alone. */
  protected lifecycle(): TerraformResourceLifecycle {
    const { vm, props } = this;
    const ignoreChanges = [
      ...vm.ignoreChanges.flatMap((entry) => ignoredPath(entry, vm) ?? []),
      // An image bump is for new VMs; what runs has been installed long ago.
      ...(props.bootFile?.content === 'import' ? ['disk[0].import_from'] : []),
      // Proxmox HA moves the VM by itself.
      ...(vm.ha ? ['node_name'] : []),
    ];
    const { guards = vm.adopted ? false : VmIds.of(this) } = props;
    return {
      // Proxmox refuses to remove a protected VM, but only after Terraform has stopped it.
      ...(vm.protection ? { preventDestroy: true } : {}),
      ...(ignoreChanges.length > 0 ? { ignoreChanges } : {}),
      ...(guards ? { precondition: [guards.precondition(vm)] } : {}),
    };
  }

  /** The disk that the VM boots from. */
  protected get osDisk(): VmDisk {
    const disk = this.vm.disks.find(({ purpose }) => purpose === 'os');
    if (!disk) throw new Error(`bug: VM ${this.vm.name} has no OS disk`);
    return disk;
  }

  private life(): VmArguments {
    const lifecycle = this.lifecycle();
    return Object.keys(lifecycle).length > 0 ? { lifecycle } : {};
  }

  /** What is wrong with the VM. It is not made then. */
  protected problems(): readonly Diagnostic[] {
    return vmProblems(this.vm, this.node.path);
  }

  private refuseProblems(): void {
    const problems = this.props.isChecked ? [] : this.problems();
    if (problems.length === 0) return;
    handOver(problems);
    throw new ValidationError(['the VM has problems', ...problemTexts(problems)].join('\n  '), this);
  }

  /** The VM exists: its first apply takes it into the state as it is. */
  private addImport(): void {
    const { server, vmId } = this.vm;
    const { terraformResourceType, friendlyUniqueId } = this.resource;
    addImport(
      this.resource.cdktfStack,
      `${server.nodeName}/${vmId}`,
      `${terraformResourceType}.${friendlyUniqueId}`,
    );
  }

  /** Whatever wrote them, VMs of one app share no identity. */
  private checkWithOthers(): void {
    const { root } = this.node;
    const all = known.get(root);
    if (all) {
      all.push(this);
      return;
    }
    const first = [this as unknown as ProxmoxVm];
    known.set(root, first);
    this.node.addValidation({
      validate: () => vmClashes(first.map(({ node, vm }) => ({ place: node.path, vm }))),
    });
  }
}

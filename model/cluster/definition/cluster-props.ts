// Generated from model/cluster/definition/schema.ts by `npm run docs`. Do not edit.

/** A Proxmox VE server. */
export interface ProxmoxServerProps {
  /**
   * Address of the Proxmox API.
   */
  readonly apiUrl: string;
  /**
   * Id of the API token (user@realm!tokenid). The token itself is the Terraform variable proxmox_<server>_api_token.
   */
  readonly apiTokenId?: string;
  /**
   * Name of the Proxmox node.
   */
  readonly nodeName: string;
  /**
   * Name of the Proxmox cluster that the server belongs to: its members share VMIDs, mappings and pools. Default: none: a standalone server.
   */
  readonly proxmoxCluster?: string;
  /**
   * Former key of the server, where it was renamed: what is named by it in the Terraform state moves along. Remove it after the next apply.
   */
  readonly renamedFrom?: string;
  /**
   * Do not check the certificate. For a private CA leave it false and point SSL_CERT_FILE to the CA bundle.
   * @default false
   */
  readonly tlsInsecure?: boolean;
  /**
   * Lowest TLS version.
   * @default "1.3"
   */
  readonly tlsMinVersion?: '1.0' | '1.1' | '1.2' | '1.3';
  /**
   * CA bundle that signed the certificate. Terraform providers read CAs from SSL_CERT_FILE only: `npm run validate` prints the line to export.
   */
  readonly tlsCaFile?: string;
  /**
   * Bridge of the management network.
   */
  readonly networkBridge: string;
  /**
   * Bridge of the storage network on this server. Default: `storage_network.bridge`.
   */
  readonly storageBridge?: string;
  /**
   * Storage that images are downloaded to.
   * @default "local"
   */
  readonly storageImages?: string;
  /**
   * Existing ISO on this server, before the `talos_iso` of the cluster.
   */
  readonly talosIso?: string;
  /**
   * The same for GPU workers.
   */
  readonly talosGpuIso?: string;
  /**
   * Storage of the OS disks of all roles.
   */
  readonly storageOs?: string;
  /**
   * Storage of the data disks of all roles.
   */
  readonly storageData?: string;
  /**
   * Storage of the OS disks of control planes, before `storage_os`.
   */
  readonly storageControlPlaneOs?: string;
  /**
   * Storage of the data disks of control planes, before `storage_data`.
   */
  readonly storageControlPlaneData?: string;
  /**
   * Storage of the OS disks of workers, before `storage_os`.
   */
  readonly storageWorkerOs?: string;
  /**
   * Storage of the data disks of workers, before `storage_data`.
   */
  readonly storageWorkerData?: string;
  /**
   * Storage of the OS disks of GPU workers, before `storage_worker_os`.
   */
  readonly storageGpuWorkerOs?: string;
  /**
   * Storage of the data disks of GPU workers, before `storage_worker_data`.
   */
  readonly storageGpuWorkerData?: string;
}

/** The management network. */
export interface NetworkConfigProps {
  /**
   * Management network with prefix, IPv4 or IPv6.
   */
  readonly subnet: string;
  /**
   * Default gateway.
   */
  readonly gateway: string;
  /**
   * Name servers, at least one.
   */
  readonly dnsServers: readonly string[];
  /**
   * VLAN tag of the first NIC; 0 means untagged.
   * @default 0
   */
  readonly vlanId?: number;
  /**
   * MTU of the first NIC. Default: that of the bridge.
   */
  readonly mtu?: number;
  /**
   * Addresses that a DHCP server hands out, first-last; static ones must lie outside.
   */
  readonly dhcpRange?: string;
  /**
   * How a node gets its address at first boot: nocloud puts it on a cloud-init drive (nocloud image needed); dhcp_reservation leaves it to your DHCP server, see output dhcp_reservations_table. Default: nocloud for a nocloud image, else dhcp_reservation.
   */
  readonly addressing?: 'nocloud' | 'dhcp_reservation';
}

/** The network for storage traffic. */
export interface StorageNetworkProps {
  /**
   * Storage network with prefix; must not overlap the management network.
   */
  readonly subnet: string;
  /**
   * Bridge on each server, unless the server has a `storage_bridge`.
   */
  readonly bridge?: string;
  /**
   * VLAN tag; 0 means untagged.
   * @default 0
   */
  readonly vlanId?: number;
  /**
   * MTU, e.g. 9000. Default: that of the bridge.
   */
  readonly mtu?: number;
  /**
   * Roles with a NIC in this network.
   * @default ["worker","gpu-worker"]
   */
  readonly roles?: readonly ('control-plane' | 'worker' | 'gpu-worker')[];
}

/** A storage that several servers have in common. */
export interface SharedStorageProps {
  /**
   * Name of the storage on the servers, where two have one name. Default: the key.
   */
  readonly storage?: string;
  /**
   * Servers that have it in common. Default: all that download images to a storage of this name.
   */
  readonly servers?: readonly string[];
}

/** A value of the META partition. */
export interface MetaProps {
  /**
   * Number of the value.
   */
  readonly key: number;
  /**
   * The value.
   */
  readonly value: string;
}

/** What an image factory builds an image of. */
export interface SchematicProps {
  /**
   * Image factory that builds the image: the public one, your own, or a mirror. `npm run up` gives it the schematic.
   * @default "https://factory.talos.dev"
   */
  readonly factory?: string;
  /**
   * iso goes into the CD drive, and Talos installs itself; qcow2 is imported as OS disk.
   * @default "iso"
   */
  readonly format?: 'iso' | 'qcow2';
  /**
   * Talos system extensions besides the `system_extensions` of the nodes that boot the image.
   */
  readonly extensions?: readonly string[];
  /**
   * Kernel arguments, before the `kernel_args` of the nodes that boot the image.
   */
  readonly kernelArgs?: readonly string[];
  /**
   * What the META partition holds.
   */
  readonly meta?: readonly MetaProps[];
  /**
   * Take the image for UEFI Secure Boot, as nodes with `secure_boot` need it.
   * @default false
   */
  readonly secureBoot?: boolean;
  /**
   * Id that the schematic must have, where somebody wants to know of every change; it is computed.
   */
  readonly id?: string;
}

/** A boot image. */
export interface ImageProps {
  /**
   * What the image factory builds the image of, in place of an address: the id is computed, the address and the installer image follow from it, and extensions and kernel arguments of the nodes are in it.
   */
  readonly schematic?: SchematicProps;
  /**
   * Existing ISO on every server.
   */
  readonly iso?: string;
  /**
   * Address to download from, once per server or shared storage: an .iso, or a .qcow2 or .raw disk image.
   */
  readonly url?: string;
  /**
   * Name of a sensitive Terraform variable with the address, where the address holds a token. Needs `file_name`.
   */
  readonly urlVariable?: string;
  /**
   * Boot from the network instead.
   * @default false
   */
  readonly pxe?: boolean;
  /**
   * File name on the server. Carries the Talos version: a new image needs a new name, since a file is never downloaded again under its name. Default: made from the address, the version and the cluster name.
   */
  readonly fileName?: string;
  /**
   * Expected checksum, algorithm:hex.
   */
  readonly checksum?: string;
  /**
   * Talos platform of the image. Default: nocloud for a schematic, else from the file name, else metal.
   */
  readonly platform?: 'nocloud' | 'metal';
  /**
   * Talos version of the image, where no name tells it.
   */
  readonly version?: string;
}

/** A device behind a PCI mapping, on one server. */
export interface PciDeviceProps {
  /**
   * Server that has the device.
   */
  readonly proxmoxServer: string;
  /**
   * PCI address.
   */
  readonly path: string;
  /**
   * Vendor and device id.
   */
  readonly id: string;
  /**
   * IOMMU group.
   */
  readonly iommuGroup?: number;
  /**
   * Subsystem vendor and device id.
   */
  readonly subsystemId?: string;
}

/** A PCI resource mapping that the cluster creates and owns. */
export interface PciMappingProps {
  /**
   * Comment shown in Proxmox.
   */
  readonly comment?: string;
  /**
   * Whether the devices can be split into mediated devices, as vGPU and GVT-g do. Proxmox starts no VM with a mapping that says otherwise.
   * @default false
   */
  readonly mediatedDevices?: boolean;
  /**
   * The devices behind the mapping, on one or several servers.
   */
  readonly devices: readonly PciDeviceProps[];
}

/** A Proxmox resource pool. */
export interface ResourcePoolProps {
  /**
   * Id of the pool.
   */
  readonly id: string;
  /**
   * Create and own the pool; false uses an existing one.
   * @default false
   */
  readonly create?: boolean;
  /**
   * Comment shown in Proxmox.
   */
  readonly comment?: string;
}

/** A backend of Terraform. */
export interface BackendProps {
  /**
   * Terraform backend; cloud is HCP Terraform.
   */
  readonly type:
    'azurerm' | 'cloud' | 'consul' | 'cos' | 'gcs' | 'http' | 'local' | 'oss' | 'pg' | 'remote' | 's3';
  /**
   * Settings of the backend with Terraform's own keys, see docs/guide/backends; credentials come from its environment variables.
   */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** A backup that a cluster is made from. */
export interface RestoreProps {
  /**
   * UUID of the cluster that the backup is of (`omnictl get clusteruuid`).
   */
  readonly clusterUuid: string;
  /**
   * Name of the backup (`omnictl get etcdbackup`).
   */
  readonly snapshot: string;
}

/** A Kubernetes Job that must succeed before an upgrade goes on. */
export interface HealthcheckProps {
  /**
   * File with a Kubernetes Job, from the folder of the definition.
   */
  readonly jobFile: string;
  /**
   * How often it is tried again while an upgrade waits for it, as a Go duration from 5s.
   * @default "30s"
   */
  readonly interval?: string;
}

/** How many machines of a set at a time. */
export interface RolloutProps {
  /**
   * rolling: so many machines at a time; unset: all at once.
   * @default "rolling"
   */
  readonly type?: 'rolling' | 'unset';
  /**
   * How many machines at a time.
   * @default 1
   */
  readonly maxParallelism?: number;
}

/** A machine set that Omni takes from a machine class. */
export interface MachineClassSetProps {
  /**
   * Machine class of Omni that the machines are taken from, by their labels.
   */
  readonly machineClass: string;
  /**
   * Number of machines, or unlimited: all that the class has.
   */
  readonly size: number | 'unlimited';
  /**
   * Talos system extensions, in place of the list of the cluster.
   */
  readonly systemExtensions?: readonly string[];
  /**
   * Kernel parameters. Those of node, pool, role and all add up. Only with management omni or standalone.
   */
  readonly sysctls?: Readonly<Record<string, string>>;
  /**
   * Kubernetes node labels. Those of node, pool, role and all add up. Only with management omni or standalone.
   */
  readonly nodeLabels?: Readonly<Record<string, string>>;
  /**
   * Talos patches by name: a part of the machine configuration, or one document with apiVersion and kind. Those of node, pool, role and all add up. Only with management omni or standalone.
   */
  readonly patches?: Readonly<Record<string, unknown>>;
  /**
   * How upgrades of Talos go through the set. Needs Omni 1.6. Default: rolling, one at a time.
   */
  readonly upgradeStrategy?: RolloutProps;
  /**
   * How changes of the machine configuration go through the set. Workers only. Default: rolling, one at a time.
   */
  readonly updateStrategy?: RolloutProps;
  /**
   * How machines leave the set. Workers only. Default: unset: all at once.
   */
  readonly deleteStrategy?: RolloutProps;
  /**
   * Labels of the machine set in Omni.
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Annotations of the machine set in Omni.
   */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What the cluster is in Sidero Omni. */
export interface OmniProps {
  /**
   * Address of Sidero Omni.
   */
  readonly endpoint: string;
  /**
   * Encrypt the disks with keys of Omni. Fixed when the cluster is created.
   * @default false
   */
  readonly diskEncryption?: boolean;
  /**
   * Omni exposes services of the cluster.
   * @default false
   */
  readonly workloadProxy?: boolean;
  /**
   * Use the discovery service inside Omni instead of the public one.
   * @default false
   */
  readonly embeddedDiscovery?: boolean;
  /**
   * Whether members may find each other through the public discovery service. false needs Omni 1.10.
   * @default true
   */
  readonly publicDiscovery?: boolean;
  /**
   * Keep Omni from removing Kubernetes nodes that it does not know. Needs Omni 1.10.
   * @default false
   */
  readonly nodeAuditSkip?: boolean;
  /**
   * Interval of etcd backups, as a Go duration from 1h to 24h. Default: no backups.
   */
  readonly backupInterval?: string;
  /**
   * Create the cluster from a backup of etcd. Omni refuses every change of it afterwards: it stays as long as the cluster.
   */
  readonly restore?: RestoreProps;
  /**
   * Kubernetes Jobs by name that must succeed before an upgrade of Talos goes on. Needs Omni 1.9.
   */
  readonly healthchecks?: Readonly<Record<string, HealthcheckProps>>;
  /**
   * Sets of workers that Omni takes from a machine class, by name. Their machines are none of this definition: Terraform and the inventory do not know them.
   */
  readonly machineSets?: Readonly<Record<string, MachineClassSetProps>>;
  /**
   * Labels of the cluster in Omni.
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Annotations of the cluster in Omni.
   */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Where images of a registry are pulled from. */
export interface RegistryMirrorProps {
  /**
   * Addresses, in the order in which they are tried.
   */
  readonly endpoints: readonly string[];
  /**
   * Take the path of the addresses as it is, without /v2 after it, as Harbor and Artifactory need.
   * @default false
   */
  readonly overridePath?: boolean;
  /**
   * Leave the registry itself alone where no mirror answers: for networks without a way out.
   * @default false
   */
  readonly skipFallback?: boolean;
}

/** With what nodes log in to a registry. */
export interface RegistryLoginProps {
  /**
   * Name of the user.
   */
  readonly username: string;
  /**
   * Its password or token, as a reference: the value comes from the environment.
   */
  readonly password: string;
}

/** What a cluster without Omni is that talosctl makes. */
export interface StandaloneProps {
  /**
   * What brings machine configurations to the nodes: talosctl, by the commands of this program, which keeps every secret out of the state; or terraform, so that one apply makes the whole cluster. Then the secrets of the cluster stand in the state.
   * @default "talosctl"
   */
  readonly engine?: 'talosctl' | 'terraform';
  /**
   * Say terraform when the engine was that until now: the next apply lets the state forget what it knows of Talos, and touches no node. Needs Terraform 1.7; take it out after that apply. Make the file of the secrets before, see the guide.
   */
  readonly engineBefore?: 'terraform';
  /**
   * Accept that with engine terraform the secrets of the cluster stand in clear text in a state file on this machine.
   * @default false
   */
  readonly secretsInLocalState?: boolean;
  /**
   * Address of the Kubernetes API, for nodes and people: that of the `vip`, of a load balancer, or of one control plane. REQUIRED for several control planes without a `vip`. It is in every kubeconfig and certificate, so choose one that stays. Default: `vip`, else the only control plane, at port 6443.
   */
  readonly endpoint?: string;
  /**
   * Free address of the management network that the control planes share: one of them answers there. Talos and talosctl use the addresses of the nodes all the same.
   */
  readonly vip?: string;
  /**
   * Networks of pods: one, or one of each IP version. Fixed when the cluster is created. Default: [10.244.0.0/16], or [fd00:10:244::/56] where nodes have IPv6.
   */
  readonly podSubnets?: readonly string[];
  /**
   * Networks of services: one, or one of each IP version. Fixed when the cluster is created. Default: [10.96.0.0/12], or [fd00:10:96::/112] where nodes have IPv6.
   */
  readonly serviceSubnets?: readonly string[];
  /**
   * Network plugin that Talos installs; none for one of `bootstrap.manifests`, such as Cilium.
   * @default "flannel"
   */
  readonly cni?: 'flannel' | 'none';
  /**
   * Run kube-proxy; false where the network plugin takes its place.
   * @default true
   */
  readonly kubeProxy?: boolean;
  /**
   * Let pods of users run on control planes.
   * @default false
   */
  readonly scheduleOnControlPlanes?: boolean;
  /**
   * Further names and addresses under which the Kubernetes and Talos APIs are reached: they go into their certificates. Those of the `endpoint`, the `vip` and the nodes are there anyway.
   */
  readonly certSans?: readonly string[];
  /**
   * Let members find each other through the public discovery service of Talos, which sees what they tell it only encrypted. Where it is off, `talosctl get members` is empty.
   * @default true
   */
  readonly discovery?: boolean;
  /**
   * Encrypt the disk of Talos: node_id with a key made of the UUID of the VM, which keeps a disk safe that leaves its VM; tpm with one that the TPM of the VM seals, for nodes with `secure_boot`. Fixed when a node is installed.
   * @default "none"
   */
  readonly diskEncryption?: 'none' | 'node_id' | 'tpm';
  /**
   * Where images are pulled from instead, by the host of a registry such as docker.io; "*" stands for all others. What one of them asks for is in `registry_logins`.
   */
  readonly registryMirrors?: Readonly<Record<string, RegistryMirrorProps>>;
  /**
   * With what nodes log in, by the host of a registry or mirror, with its port where it has one.
   */
  readonly registryLogins?: Readonly<Record<string, RegistryLoginProps>>;
  /**
   * Servers of the time, by name or address. Default: time.cloudflare.com, of Talos.
   */
  readonly timeServers?: readonly string[];
  /**
   * Who asks the DNS cache of a node: the node and, through CoreDNS, pods; the node alone, as Cilium with eBPF masquerading needs; or nobody.
   * @default "pods"
   */
  readonly hostDns?: 'pods' | 'nodes' | 'none';
  /**
   * Give each node a load balancer of the Kubernetes API at localhost:7445. Network plugins in place of kube-proxy need it.
   * @default true
   */
  readonly kubePrism?: boolean;
  /**
   * Audit policy of the Kubernetes API, as Kubernetes has it: apiVersion audit.k8s.io/v1, kind Policy, and rules. Default: that of Talos: the metadata of every request.
   */
  readonly auditPolicy?: Readonly<Record<string, unknown>>;
  /**
   * Show the metrics of etcd to the network at port 2381, without authentication.
   * @default false
   */
  readonly etcdMetrics?: boolean;
  /**
   * Installer image of all nodes with its tag, of the platform that they boot from. Default: that of the schematic of the image, or in its address.
   */
  readonly installer?: string;
}

/** A file with Kubernetes objects. */
export interface ManifestProps {
  /**
   * File with Kubernetes objects, from the folder of the definition.
   */
  readonly file: string;
  /**
   * one-time: applied once, then left alone; full: kept as in the file, and removed from Kubernetes when it goes out of the file. Only with management omni.
   * @default "one-time"
   */
  readonly mode?: 'one-time' | 'full';
}

/** What is put into Kubernetes when the cluster starts. */
export interface BootstrapProps {
  /**
   * Kubernetes objects, such as a CNI. Omni takes them from version 1.7. Without Omni they are part of the machine configuration of control planes: Talos up to 1.12 makes what is missing and changes nothing, and from 1.13 keeps all as in the files.
   */
  readonly manifests?: readonly ManifestProps[];
}

/** A command after apply. */
export interface PostApplyProps {
  /**
   * Command run on your machine after an apply that changed the inventory.
   */
  readonly command: string;
}

/** A data disk. */
export interface DataDiskProps {
  /**
   * Name of the disk, e.g. longhorn. Default: data-<slot>.
   */
  readonly name?: string;
  /**
   * SCSI slot (1 becomes scsi1). It is the identity of the disk: REQUIRED as soon as a node has two data disks, and never changed afterwards.
   * @default 1
   */
  readonly slot?: number;
  /**
   * Where the disk is attached, on an adopted VM that has it elsewhere. Default: scsi<slot>.
   */
  readonly interface?: string;
  /**
   * Size in GB; 0 means that there is no such disk.
   */
  readonly sizeGb: number;
  /**
   * Proxmox storage. Default: the data storage of the node.
   */
  readonly storage?: string;
  /**
   * Serial number that Talos selects the disk by; at most 20 characters, unique within the VM. Default: the name of the disk.
   */
  readonly serial?: string;
  /**
   * Talos formats the disk (xfs) and mounts it at /var/mnt/<name>; false leaves it raw, e.g. for Ceph. Only with management omni or standalone.
   * @default true
   */
  readonly volume?: boolean;
  /**
   * Give the volume to Longhorn: the kubelet sees it at /var/lib/longhorn. One disk of a VM; needs the extensions iscsi-tools and util-linux-tools.
   * @default false
   */
  readonly longhorn?: boolean;
}

/** Start and stop order on the host. */
export interface StartupProps {
  /**
   * Start position among the VMs of the host.
   */
  readonly order?: number;
  /**
   * Seconds to wait after this VM before the next one starts.
   */
  readonly upDelay?: number;
  /**
   * Seconds to wait after this VM before the next one stops.
   */
  readonly downDelay?: number;
}

/** What nodes, pools and defaults have in common. */
export interface VmSettingsProps {
  /**
   * Key of the server in `proxmox_servers` that hosts the VM. Default: the only server, if there is just one.
   */
  readonly proxmoxServer?: string;
  /**
   * Virtual CPU cores.
   * @default 4
   */
  readonly cpuCores?: number;
  /**
   * CPU model; Talos needs at least x86-64-v2.
   * @default "x86-64-v2-AES"
   */
  readonly cpuType?: string;
  /**
   * Memory in MB.
   * @default 8192
   */
  readonly memoryMb?: number;
  /**
   * Size of the OS disk (scsi0) in GB.
   * @default 100
   */
  readonly osDiskSizeGb?: number;
  /**
   * Where the OS disk is attached, on an adopted VM that has it elsewhere.
   * @default "scsi0"
   */
  readonly osDiskInterface?: string;
  /**
   * Size in GB of one data disk (scsi1); 0 means none. Use `data_disks` for several.
   * @default 0
   */
  readonly dataDiskSizeGb?: number;
  /**
   * Several data disks, or one with a name or a storage of its own.
   */
  readonly dataDisks?: readonly DataDiskProps[];
  /**
   * Storage of the OS disk, before any key of the server.
   */
  readonly storageOsOverride?: string;
  /**
   * Storage of the data disks, before any key of the server.
   */
  readonly storageDataOverride?: string;
  /**
   * Format of the disks. LVM, ZFS and Ceph hold raw only; qcow2 needs a directory or NFS storage.
   * @default "raw"
   */
  readonly diskFormat?: 'raw' | 'qcow2';
  /**
   * Firmware of the VM; ovmf is UEFI.
   * @default "ovmf"
   */
  readonly bios?: 'ovmf' | 'seabios';
  /**
   * Chipset; pc is i440fx.
   * @default "q35"
   */
  readonly machine?: 'q35' | 'pc';
  /**
   * SCSI controller, for adopted VMs that have another one; Proxmox takes lsi where a VM says nothing.
   * @default "virtio-scsi-single"
   */
  readonly scsiHardware?:
    'virtio-scsi-single' | 'virtio-scsi-pci' | 'lsi' | 'lsi53c810' | 'megasas' | 'pvscsi';
  /**
   * UEFI Secure Boot: enrolled keys and a TPM 2.0. Needs bios ovmf and a Secure Boot image.
   * @default false
   */
  readonly secureBoot?: boolean;
  /**
   * Key of the image in `images` that the VM boots from. Default: gpu for GPU workers if there is one, else talos.
   */
  readonly image?: string;
  /**
   * PCI resource mappings passed to the VM: of `pci_mappings`, or existing on the server. An empty list means that a person attaches the GPU.
   */
  readonly gpuMappings?: readonly string[];
  /**
   * PCI address of the GPU, for people: it attaches nothing.
   */
  readonly gpuPciId?: string;
  /**
   * Start the VM when its host boots.
   * @default true
   */
  readonly vmStartOnBoot?: boolean;
  /**
   * Keep the VM running; false parks it.
   * @default true
   */
  readonly vmStarted?: boolean;
  /**
   * Proxmox refuses to remove the VM or its disks. To destroy it, apply once with false before. Default: true for control planes, else false.
   */
  readonly vmProtection?: boolean;
  /**
   * QEMU guest agent. Needs siderolabs/qemu-guest-agent in `system_extensions`; without it every plan waits.
   * @default false
   */
  readonly vmQemuAgent?: boolean;
  /**
   * Let the provider reboot the VM for a change that needs it. With false you reboot node after node yourself.
   * @default false
   */
  readonly rebootAfterUpdate?: boolean;
  /**
   * Let Proxmox HA keep the VM running, on another node of its Proxmox cluster if need be. Needs `proxmox_cluster` and shared storage.
   * @default false
   */
  readonly ha?: boolean;
  /**
   * Start and stop order on the host.
   */
  readonly startup?: StartupProps;
  /**
   * Further tags of the VM; node, pool and default tags add up.
   */
  readonly tags?: readonly string[];
  /**
   * Talos system extensions. The list of a role or node replaces the cluster list, so it repeats it.
   */
  readonly systemExtensions?: readonly string[];
  /**
   * Whether the VM has a NIC in the storage network. Default: true for the roles in the network's `roles`.
   */
  readonly storageNetwork?: boolean;
  /**
   * Extra kernel arguments. The list of a role or node replaces that of `all`, so it repeats it. Only with management omni or standalone.
   */
  readonly kernelArgs?: readonly string[];
  /**
   * Kernel parameters. Those of node, pool, role and all add up. Only with management omni or standalone.
   */
  readonly sysctls?: Readonly<Record<string, string>>;
  /**
   * Kubernetes node labels. Those of node, pool, role and all add up. Only with management omni or standalone.
   */
  readonly nodeLabels?: Readonly<Record<string, string>>;
  /**
   * Talos patches by name: a part of the machine configuration, or one document with apiVersion and kind. Those of node, pool, role and all add up. Only with management omni or standalone.
   */
  readonly patches?: Readonly<Record<string, unknown>>;
}

/** What the machine of a node is in Omni. */
export interface OmniMachineProps {
  /**
   * Lock the machine: Omni changes nothing on it until it is false again. A lock that a person put on it in Omni stays either way. Workers only.
   * @default false
   */
  readonly locked?: boolean;
  /**
   * Disk that Talos is installed on, in place of the one that the VM has as OS disk. Omni before 1.10 ignores it on Talos 1.13 and newer. Default: the OS disk, by its place in the VM.
   */
  readonly installDisk?: string;
  /**
   * The same, as a CEL expression over the disks. Needs Omni 1.10.
   */
  readonly installDiskSelector?: string;
  /**
   * Labels of the membership in Omni. Machine classes do not see them.
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Annotations of the membership in Omni.
   */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One node. */
export interface NodeProps extends VmSettingsProps {
  /**
   * Name of the VM and hostname of the node; a DNS label.
   */
  readonly name: string;
  /**
   * Number of the node within its role; MAC, VMID and address derive from it. Default: trailing number of the name minus one (talos-worker-1 has 0).
   */
  readonly index?: number;
  /**
   * Address in the management network, without prefix. Default: `first_ip` of the role plus the index.
   */
  readonly ipAddress?: string;
  /**
   * Address in the storage network, without prefix. Default: `storage_first_ip` of the role plus the index.
   */
  readonly storageIpAddress?: string;
  /**
   * MAC address of the first NIC. Default: PREFIX:<role>:<index as HH:LL>.
   */
  readonly macAddress?: string;
  /**
   * MAC address of the storage NIC. Default: PREFIX:<role + 10 hex>:<index as HH:LL>.
   */
  readonly storageMacAddress?: string;
  /**
   * Proxmox VMID. Default: start of the `vm_id_range` of the role plus the index.
   */
  readonly vmId?: number;
  /**
   * SMBIOS UUID; Omni uses it as machine id. Default: UUIDv5 of cluster and node name.
   */
  readonly uuid?: string;
  /**
   * The VM existed before this definition: the next apply imports it, and it keeps the SMBIOS UUID it has; `uuid` says which.
   * @default false
   */
  readonly adopted?: boolean;
  /**
   * Arguments of the adopted VM that stay as they are on the server, e.g. boot_order, cpu.type or disk.scsi1.serial. `npm run adopt` writes what differs; what is taken out of the list becomes as new VMs have it.
   */
  readonly ignoreChanges?: readonly string[];
  /**
   * What the machine of the node is in Omni. Only with management omni.
   */
  readonly omniMachine?: OmniMachineProps;
}

/** What a machine set is in Omni besides its machines. */
export interface MachineSetProps {
  /**
   * How upgrades of Talos go through the set. Needs Omni 1.6. Default: rolling, one at a time.
   */
  readonly upgradeStrategy?: RolloutProps;
  /**
   * How changes of the machine configuration go through the set. Workers only. Default: rolling, one at a time.
   */
  readonly updateStrategy?: RolloutProps;
  /**
   * How machines leave the set. Workers only. Default: unset: all at once.
   */
  readonly deleteStrategy?: RolloutProps;
  /**
   * Labels of the machine set in Omni.
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Annotations of the machine set in Omni.
   */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Nodes by count. */
export interface NodePoolProps extends VmSettingsProps {
  /**
   * Prefix of the node names: pool web makes web-1, web-2, …
   */
  readonly name: string;
  /**
   * Role of the nodes.
   */
  readonly role: 'control-plane' | 'worker' | 'gpu-worker';
  /**
   * Number of nodes.
   */
  readonly count: number;
  /**
   * Index of the first node. Give each pool of a role a stretch of its own.
   * @default 0
   */
  readonly firstIndex?: number;
  /**
   * Numbers left out: skip [2] takes web-2 out of the pool and leaves all others as they are.
   */
  readonly skip?: readonly number[];
  /**
   * Machine set of the pool in Omni; keys that it leaves out are those of the role. Workers only. Only with management omni.
   */
  readonly machineSet?: MachineSetProps;
}

/** Values that the nodes of a role leave out. */
export interface RoleDefaultsProps extends VmSettingsProps {
  /**
   * Management address of the node with index 0.
   */
  readonly firstIp?: string;
  /**
   * Storage address of the node with index 0.
   */
  readonly storageFirstIp?: string;
  /**
   * VMIDs of the role, first-last; the node with index 0 has the first. Default: 1000-1099 control planes, 1100-1899 workers, 1900-1999 GPU workers.
   */
  readonly vmIdRange?: string;
  /**
   * Machine set of the role in Omni. Only with management omni.
   */
  readonly machineSet?: MachineSetProps;
}

/** A cluster in TypeScript: the keys of a definition in camelCase. */
export interface TalosClusterProps {
  /**
   * Name of the cluster, its stack and its state.
   */
  readonly clusterName?: string;
  /**
   * First name of the cluster, where it was renamed: SMBIOS UUIDs and image files go on deriving from it, so that it stays as long as the cluster lives. See docs/guide/state-split.md.
   */
  readonly renamedFrom?: string;
  /**
   * Talos version.
   */
  readonly talosVersion: string;
  /**
   * Talos version that the cluster was created with. It decides the form of machine configurations and stays when `talos_version` goes up; write it before an upgrade. Default: `talos_version`.
   */
  readonly talosContract?: string;
  /**
   * Kubernetes version. REQUIRED for `npm run generate`.
   */
  readonly kubernetesVersion?: string;
  /**
   * Proxmox servers by a key of your choice; each becomes a provider alias and the variable proxmox_<key>_api_token.
   */
  readonly proxmoxServers: Readonly<Record<string, ProxmoxServerProps>>;
  /**
   * Management network, shared by all nodes.
   */
  readonly networkConfig: NetworkConfigProps;
  /**
   * Second network for storage traffic: static, no gateway.
   */
  readonly storageNetwork?: StorageNetworkProps;
  /**
   * First three octets of all MAC addresses.
   * @default "BC:24:11"
   */
  readonly macAddressPrefix?: string;
  /**
   * UUID that SMBIOS UUIDs derive from; set it where two sites have clusters and nodes of the same names.
   */
  readonly uuidNamespace?: string;
  /**
   * Storages that several servers have in common, such as NFS or CephFS, by name: an image is downloaded there once for all of them, and goes with the last of their nodes. `npm run doctor` says which there are. Needs Terraform 1.7.
   */
  readonly sharedStorages?: Readonly<Record<string, SharedStorageProps>>;
  /**
   * Boot images by name: talos for all nodes, gpu for GPU workers, others by `image` of a node.
   */
  readonly images?: Readonly<Record<string, ImageProps>>;
  /**
   * Short for images.talos.iso; "" means PXE.
   */
  readonly talosIso?: string;
  /**
   * Short for images.gpu.iso; "" means PXE.
   */
  readonly talosGpuIso?: string;
  /**
   * Talos system extensions of all nodes.
   */
  readonly systemExtensions?: readonly string[];
  /**
   * Default for all nodes.
   * @default true
   */
  readonly vmStartOnBoot?: boolean;
  /**
   * Default for all nodes. Default: true for control planes, else false.
   */
  readonly vmProtection?: boolean;
  /**
   * Default for all nodes.
   * @default false
   */
  readonly vmQemuAgent?: boolean;
  /**
   * PCI resource mappings that this cluster creates and owns, by name.
   */
  readonly pciMappings?: Readonly<Record<string, PciMappingProps>>;
  /**
   * Proxmox resource pool of all VMs.
   */
  readonly resourcePool?: ResourcePoolProps;
  /**
   * Where the Terraform state lives. Default: local, in state/<cluster>.tfstate.
   */
  readonly backend?: BackendProps;
  /**
   * States of the cluster: one for all, or besides it one per Proxmox server or per machine set for the VMs there. Needs Terraform 1.7 where it is split; see docs/guide/state-split.md before you change it.
   * @default "none"
   */
  readonly stateSplit?: 'none' | 'server' | 'machine_set';
  /**
   * What makes a cluster of the VMs and keeps it: omni is Sidero Omni; standalone is talosctl, with machine configurations that are made here; none leaves Talos to you.
   * @default "omni"
   */
  readonly management?: 'omni' | 'standalone' | 'none';
  /**
   * Sidero Omni that manages the cluster. Only with management omni.
   */
  readonly omni?: OmniProps;
  /**
   * What a cluster without Omni is that talosctl makes. Only with management standalone.
   */
  readonly standalone?: StandaloneProps;
  /**
   * What is put into Kubernetes when the cluster starts. Only with management omni or standalone.
   */
  readonly bootstrap?: BootstrapProps;
  /**
   * Let every plan ask the servers whether it would harm what the definition does not name. To switch it off for once, set TF_VAR_guards=false.
   * @default true
   */
  readonly guards?: boolean;
  /**
   * Command after apply. Default: off.
   */
  readonly postApply?: PostApplyProps;
  /**
   * Control planes, one by one; 1, 3, 5 or 7 together with the pools.
   */
  readonly controlPlanes?: readonly NodeProps[];
  /**
   * Workers, one by one.
   */
  readonly workers?: readonly NodeProps[];
  /**
   * Workers with a GPU, one by one.
   */
  readonly gpuWorkers?: readonly NodeProps[];
  /**
   * Nodes by count.
   */
  readonly nodePools?: readonly NodePoolProps[];
  /**
   * Values that nodes leave out. Precedence: node or pool, role, all, built-in.
   */
  readonly defaults?: {
    /** Defaults of all nodes. */
    readonly all?: VmSettingsProps;
    /** Defaults of control planes. */
    readonly controlPlanes?: RoleDefaultsProps;
    /** Defaults of workers. */
    readonly workers?: RoleDefaultsProps;
    /** Defaults of GPU workers. */
    readonly gpuWorkers?: RoleDefaultsProps;
  };
}

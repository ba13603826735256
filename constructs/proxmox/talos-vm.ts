import type { Role } from '../../model/cluster/roles';
import type { Diagnostic } from '../../model/diagnostics/diagnostics';
import { diagnosticOf } from '../../model/vm/problems';
import type { VmNicProps } from '../../model/vm/props';
import { ProxmoxVm, type ProxmoxVmProps, type VmArguments } from './proxmox-vm';

/** What a Talos node is made from. */
export interface TalosVmProps extends ProxmoxVmProps {
  /** What the node is in its cluster. @default worker */
  readonly role?: Role;
  /** Name of the cluster, for the description. @default none */
  readonly clusterName?: string;
  /** The first is the management NIC. @default none */
  readonly nics?: readonly TalosNicProps[];
  /**
   * Whether addresses are on the cloud-init drive, where a nocloud image finds them at first boot.
   * @default true if there are NICs and each has an address
   */
  readonly nocloud?: boolean;
  /** Name servers on the cloud-init drive. @default none */
  readonly dnsServers?: readonly string[];
}

/** A network interface of a Talos node. */
export interface TalosNicProps extends VmNicProps {
  /** Address without prefix. @default by DHCP */
  readonly ip?: string;
  /** Length of the prefix of its network. */
  readonly prefix?: number;
  /** Address of the gateway, on the management NIC only. @default none */
  readonly gateway?: string;
}

/** The cloud-init drive: the other IDE slot of q35. */
const CLOUD_INIT = 'ide0';

/**
 * A Talos node as a VM: what Talos needs besides what every VM has. A cluster makes its own; by itself it is for machines that
 * something else manages.
 *
 * @example
 * new TalosVm(stack, 'w-1', {
 *   server: 'pve1',
 *   vmId: 1100,
 *   disks: [{ storage: 'local-lvm', sizeGb: 100 }],
 *   nics: [{ bridge: 'vmbr0', ip: '192.168.10.110', prefix: 24, gateway: '192.168.10.1' }],
 *   bootFile: { fileId: 'local:iso/talos-v1.11.5-nocloud-amd64.iso', content: 'iso' },
 * });
 */
export class TalosVm extends ProxmoxVm<TalosVmProps> {
  protected override identity(): VmArguments {
    const { role = 'worker', clusterName } = this.props;
    const cluster = clusterName === undefined ? '' : ` of cluster ${clusterName}`;
    return { ...super.identity(), description: `Talos ${role}${cluster}, managed by Terraform` };
  }

  protected override boot(): VmArguments {
    const { nics = [], dnsServers = [] } = this.props;
    if (!this.isNocloud) return super.boot();
    return {
      ...super.boot(),
      initialization: {
        datastoreId: this.osDisk.storage,
        interface: CLOUD_INIT,
        type: 'nocloud',
        dns: { servers: [...dnsServers] },
        ipConfig: nics.map(ipConfig),
      },
    };
  }

  /** Every NIC has an address then: Talos may start DHCP on one that has none. */
  protected override problems(): readonly Diagnostic[] {
    const { nics = [] } = this.props;
    const message = 'with nocloud each NIC has ip and prefix; write them, or nocloud: false';
    return [
      ...super.problems(),
      ...nics.flatMap(({ ip, prefix }, i) =>
        this.isNocloud && (ip === undefined || prefix === undefined)
          ? [diagnosticOf(this.node.path, 'ip-missing', ['nics', i], message)]
          : [],
      ),
    ];
  }

  private get isNocloud(): boolean {
    const { nics = [], nocloud } = this.props;
    return nocloud ?? (nics.length > 0 && nics.every(({ ip }) => ip !== undefined));
  }
}

function ipConfig({ ip = '', prefix, gateway }: TalosNicProps) {
  const address = { address: `${ip}/${prefix}`, ...(gateway ? { gateway } : {}) };
  return ip.includes(':') ? { ipv6: address } : { ipv4: address };
}

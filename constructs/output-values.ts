import { TerraformStack, Token, type IResolvable, type IResolveContext, type TerraformOutput } from 'cdktf';
import { ValidationError } from './stacks/errors';

/**
 * The outputs of a cluster as tokens, for further outputs and resources of its stack. In another stack they are an error: stacks share
 * plain values, and `TalosCluster.inventory` has them.
 *
 * Where the state is split, those of machines are in the stacks of its parts, and reading them here is an error.
 */
export interface OutputValues {
  /** All machines by name, an `Inventory`, as soon as their VMs are there. */
  readonly machineInventory: IResolvable;
  /** The same as JSON text. */
  readonly machineInventoryJson: IResolvable;
  /** Those of `machineInventory` that are control planes. */
  readonly controlPlaneVms: IResolvable;
  /** Those of `machineInventory` that are workers without GPU. */
  readonly workerVms: IResolvable;
  /** Those of `machineInventory` that are workers with GPUs. */
  readonly gpuWorkerVms: IResolvable;
  /** Number of control planes. */
  readonly controlPlaneCount: IResolvable;
  /** Number of workers without GPU. */
  readonly workerCount: IResolvable;
  /** Number of workers with GPUs. */
  readonly gpuWorkerCount: IResolvable;
  /** Address, hostname and role by MAC address. */
  readonly macToIpMapping: IResolvable;
  /** Reservations for your DHCP server. */
  readonly dhcpReservationsTable: IResolvable;
  /** Addresses of the control planes. */
  readonly controlPlaneEndpoints: IResolvable;
  /** Machines by Proxmox server. */
  readonly vmsByServer: IResolvable;
  /** The cluster in numbers. */
  readonly clusterSummary: IResolvable;
  /** GPUs that a person must attach. */
  readonly gpuConfigurationNeeded: IResolvable;
  /** What to do next. */
  readonly omnictlReady: IResolvable;
}

const NAMES: Readonly<Record<keyof OutputValues, string>> = {
  machineInventory: 'machine_inventory',
  machineInventoryJson: 'machine_inventory_json',
  controlPlaneVms: 'control_plane_vms',
  workerVms: 'worker_vms',
  gpuWorkerVms: 'gpu_worker_vms',
  controlPlaneCount: 'control_plane_count',
  workerCount: 'worker_count',
  gpuWorkerCount: 'gpu_worker_count',
  macToIpMapping: 'mac_to_ip_mapping',
  dhcpReservationsTable: 'dhcp_reservations_table',
  controlPlaneEndpoints: 'control_plane_endpoints',
  vmsByServer: 'vms_by_server',
  clusterSummary: 'cluster_summary',
  gpuConfigurationNeeded: 'gpu_configuration_needed',
  omnictlReady: 'omnictl_ready',
};

/** @param outputs of a stack, by name */
export function outputValues(outputs: ReadonlyMap<string, TerraformOutput>): OutputValues {
  const properties = Object.entries(NAMES).map(([key, name]) => [
    key,
    { enumerable: true, get: () => new OutputValue(name, outputs) },
  ]);
  return Object.defineProperties({}, Object.fromEntries(properties) as PropertyDescriptorMap) as OutputValues;
}

/** What an output says, looked up when the stack is rendered. */
class OutputValue implements IResolvable {
  /** Whoever looks for the place of an error finds the construct in its message. */
  readonly creationStack: string[] = [];

  constructor(
    private readonly name: string,
    private readonly outputs: ReadonlyMap<string, TerraformOutput>,
  ) {}

  /** cdktf calls it. @throws ValidationError in another stack, or where this one lacks the output */
  resolve({ scope }: IResolveContext): unknown {
    const output = this.outputs.get(this.name);
    if (!output) {
      const message = `the state is split, so that output ${this.name} is in the stacks of its parts; use the plain values of cluster.inventory`;
      throw new ValidationError(message, scope);
    }
    if (TerraformStack.of(output) === TerraformStack.of(scope)) return output.value;
    const message = `output ${this.name} of ${output.node.path} is used here; stacks share plain values, so use cluster.inventory or cluster.cluster`;
    throw new ValidationError(message, scope);
  }

  toString(): string {
    return Token.asString(this);
  }

  /** As text, `JSON.stringify` has the mark of cdktf. */
  toJSON(): string {
    return this.toString();
  }
}

import { TerraformLocal, TerraformOutput, TerraformStack, type TerraformResource } from 'cdktf';
import type { Construct } from 'constructs';
import type { Cluster } from '../model/cluster/cluster';
import * as outputs from '../model/cluster/outputs';
import { machineInventory } from '../model/inventory/machine';
import { ROLES } from '../model/cluster/roles';
import { outputValues, type OutputValues } from './output-values';
import { AddressScope } from './stacks/address';
import { create } from './stacks/create';
import { Expression, hcl, joined } from './stacks/expression';

/**
 * The outputs of a cluster: names and shapes are a contract with the post-apply steps and with people's own scripts. They
 * are made from the definition, never from what a guest agent reports.
 *
 * The inventory stands once in the JSON, as a local; outputs that are part of it are expressions over it, so that a
 * review shows a changed node once.
 */
export class ClusterOutputs extends AddressScope {
  /** Expression of the inventory of this stack. */
  readonly inventory: Expression;
  /** What says which machines there are: an output can refuse a plan too, in a stack without VMs. */
  readonly first: TerraformOutput;
  /** All of them, to be read in code. */
  readonly values: OutputValues;
  private readonly byName = new Map<string, TerraformOutput>();
  /** Outputs of which each holds a good part of the inventory, and what they hold. */
  private readonly large: (readonly [TerraformOutput, Expression])[] = [];

  constructor(scope: Construct, id: string, cluster: Cluster) {
    super(scope, id);
    this.values = outputValues(this.byName);
    const { parts } = cluster;
    if (parts.length === 0) {
      ({ name: this.inventory, output: this.first } = this.machines(cluster));
    } else {
      this.inventory = hcl`{}`;
      const stacks = parts.map(({ stack }) => stack);
      this.first = this.output('state_parts', stacks, 'Stacks that hold the machines and their inventory.');
    }
    this.summaries(cluster);
  }

  /** The inventory, and what is part of it. */
  private machines(cluster: Cluster): { readonly name: Expression; readonly output: TerraformOutput } {
    const inventory = create(TerraformLocal, this, 'machine_inventory', machineInventory(cluster));
    const name = new Expression(`local.${inventory.friendlyUniqueId}`);
    const counts = outputs.roleCounts(cluster);
    const typed = create(TerraformLocal, this, 'machine_inventory_map', ofOneType(name));
    const machines = new Expression(`local.${typed.friendlyUniqueId}`);
    const output = this.largeOutput(
      'machine_inventory',
      machines,
      'All machines by name: the input of the post-apply steps.',
    );
    this.largeOutput('machine_inventory_json', hcl`jsonencode(${name})`, 'The same as JSON text.');
    for (const role of ROLES) {
      const key = role.replace('-', '_');
      const filter = hcl`tomap({ for name, machine in ${machines} : name => machine if machine.role == ${role} })`;
      this.largeOutput(`${key}_vms`, filter, `Machines with the role ${role}.`);
      this.output(`${key}_count`, counts[role], `Number of machines with the role ${role}.`);
    }
    return { name, output };
  }

  /**
   * Lets the large outputs wait for the VMs: what is known in a plan stands in the state from the first moment, and Terraform writes
   * the whole state three times for each VM that it makes. So a state also has no inventory of machines that were never made.
   */
  waitFor(vms: readonly TerraformResource[]): void {
    if (vms.length === 0) return;
    const ids = vms.map(
      ({ terraformResourceType, friendlyUniqueId }) =>
        new Expression(`${terraformResourceType}.${friendlyUniqueId}.id`),
    );
    const made = create(
      TerraformLocal,
      this,
      'machine_inventory_made',
      hcl`join("", [${joined(ids, ', ')}]) != ""`,
    );
    for (const [output, value] of this.large)
      output.value = hcl`local.${new Expression(made.friendlyUniqueId)} ? ${value} : null`.template;
  }

  /** What the definition says of the machines: of all of them, also where the state is split. */
  private summaries(cluster: Cluster): void {
    this.output(
      'mac_to_ip_mapping',
      outputs.macToIpMapping(cluster),
      'Address, hostname and role by MAC address.',
    );
    this.output(
      'dhcp_reservations_table',
      outputs.dhcpReservationsTable(cluster),
      'Reservations for your DHCP server.',
    );
    this.output(
      'control_plane_endpoints',
      outputs.controlPlaneEndpoints(cluster),
      'Addresses of the control planes.',
    );
    this.output('vms_by_server', outputs.vmsByServer(cluster), 'Machines by Proxmox server.');
    this.output('cluster_summary', outputs.clusterSummary(cluster), 'The cluster in numbers.');
    this.output(
      'gpu_configuration_needed',
      outputs.gpuConfigurationNeeded(cluster),
      'GPUs that a person must attach.',
    );
    this.output('omnictl_ready', outputs.omnictlReady(cluster), 'What to do next.');
  }

  private largeOutput(name: string, value: Expression, description: string): TerraformOutput {
    const output = this.output(name, value, description);
    this.large.push([output, value]);
    return output;
  }

  /** Outputs stand right below the stack: `cdktf output --outputs-file` nests them by their path. */
  private output(name: string, value: unknown, description: string): TerraformOutput {
    const output = create(TerraformOutput, TerraformStack.of(this), name, { value, description });
    this.byName.set(name, output);
    return output;
  }
}

/**
 * The inventory as a map of one type: as an object, Terraform would write the type of each machine into the state beside it.
 * Empty lists get their type from `compact()`.
 */
const ofOneType = (inventory: Expression): Expression => hcl`tomap({
  for name, machine in ${inventory} : name => merge(machine, {
    dns_servers = compact(machine.dns_servers),
    gpu_mappings = compact(machine.gpu_mappings),
    nics = tolist(machine.nics),
    disks = tolist(machine.disks)
  })
})`;

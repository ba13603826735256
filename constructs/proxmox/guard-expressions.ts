import type { Role } from '../../model/cluster/roles';
import type { Allowance } from '../../model/terraform/allowances';
import { allowedMark, guardMessage } from '../../model/terraform/guard-messages';
import { Expression, hcl, inText, joined } from '../stacks/expression';

/** Smaller volumes hold firmware variables, TPM state or cloud-init data, never a disk of a definition. */
const SMALLEST_DISK_BYTES = 1024 ** 3;

/** A data source that was asked: the site it is of, and the expression of what it found, a list of lists. */
export interface Asked {
  readonly site: string;
  readonly found: Expression;
}

/** All VMs of all sites: `{ site, node, id, name, tags }`. */
export function foundVms(asked: readonly Asked[]): Expression {
  const lists = asked.map(
    ({ site, found }) => hcl`[
      for vm in flatten(${found}) :
      { site = ${site}, node = vm.node_name, id = vm.vm_id, name = vm.name, tags = vm.tags }
    ]`,
  );
  return hcl`flatten(${lists})`;
}

/** VMs by `site/id`; Proxmox knows no two, but a list may repeat one that is on its way to another node. */
export const byId = (vms: Expression): Expression =>
  hcl`{ for vm in ${vms} : "\${vm.site}/\${vm.id}" => vm... }`;

/** VMs of the cluster, by name. A renamed cluster has two tags, until all VMs have the new one. */
export const byName = (vms: Expression, clusterTags: readonly string[]): Expression => {
  const isOurs = joined(
    clusterTags.map((tag) => hcl`contains(vm.tags, ${tag})`),
    ' || ',
  );
  return hcl`{ for vm in ${vms} : vm.name => vm... if ${isOurs} }`;
};

/**
 * Sizes of the disk volumes of each VM by `site/id`. A shared storage lists a volume once per server that was asked. Of a qcow2
 * on LVM, only the server on which it is active knows the size; the others say 0, and it is a disk all the same.
 */
export function foundVolumes(asked: readonly Asked[]): Expression {
  const lists = asked.map(
    ({ site, found }) => hcl`[
      for file in flatten(${found}) :
      { vm = "${inText(site)}/\${file.vmid}", id = "${inText(site)} \${file.id}", size = file.file_size }
      if (file.file_size >= ${SMALLEST_DISK_BYTES} && can(regex("vm-[0-9]+-disk-", file.id))
        || file.file_size == 0 && can(regex("vm-[0-9]+-disk-.*[.]qcow2$", file.id)))
    ]`,
  );
  return hcl`{
    for volume in values({ for volume in flatten(${lists}) : volume.id => volume... }) :
    volume[0].vm => max(volume[*].size...)...
  }`;
}

/** What the inventory says of each node, in the terms of the above. */
export const expected = (inventory: Expression, sites: Expression): Expression => hcl`{
  for name, machine in ${inventory} : name => {
    site = ${sites}[machine.proxmox_server],
    vm = "\${${sites}[machine.proxmox_server]}/\${machine.vm_id}",
    place = "VM \${machine.vm_id} on node \${machine.proxmox_node}",
    id = machine.vm_id,
    node = machine.proxmox_node,
    disks = length(machine.disks),
    gib = sum(machine.disks[*].size_gb)
  }
}`;

/** The nodes of a Proxmox cluster, as two lists of lists. */
export interface AskedNodes {
  readonly site: string;
  readonly names: Expression;
  readonly online: Expression;
}

/** The end of what a guard says, for a place within quotes. @param subject interpolation of its name */
const wayOut = (allow: Allowance, subject: string, purpose: string): Expression =>
  new Expression(guardMessage('', allowedMark(allow, subject), purpose).replaceAll('"', '\\"'));

/**
 * Nodes that are off. The provider leaves out their VMs with a mere warning, and a guard that does not see a VM holds its id
 * for free, and its node for new. A node whose state is not known, but whose VMs are listed, is not meant.
 */
export function unseen(asked: readonly AskedNodes[], vms: Expression, allow: Expression): Expression {
  const lists = asked.map(
    ({ site, names, online }) => hcl`[
      for node, is_on in zipmap(flatten(${names}), flatten(${online})) :
      "Node \${node} of Proxmox cluster ${inText(site)} is off: nobody sees its VMs, so that Terraform could take one over or make it a second time. Start the node, then plan again.${wayOut('offline', '${node}', 'To plan without it')}"
      if !is_on && !contains(${allow}, "offline:\${node}")
      && !contains([for vm in ${vms} : vm.node if vm.site == ${site}], node)
    ]`,
  );
  return hcl`flatten(${lists})`;
}

export interface ProblemParts {
  readonly expected: Expression;
  readonly byId: Expression;
  readonly byName: Expression;
  readonly volumes: Expression;
  /** The list of names that the person lets pass. */
  readonly allow: Expression;
  /** True for nodes that Proxmox may move by itself. */
  readonly mobile: Expression;
  /** Texts about more than one node: control planes that are not in the definition, servers that are off. */
  readonly general: Expression;
  /** The node that speaks for them. */
  readonly reportingNode: string;
}

/** Names of all nodes of the definition, also of those in other parts of a split state. */
const defined = ({
  expected,
  elsewhere,
}: {
  readonly expected: Expression;
  readonly elsewhere?: Expression;
}): Expression =>
  elsewhere === undefined ? hcl`keys(${expected})` : hcl`concat(keys(${expected}), ${elsewhere})`;

/**
 * What is wrong about control planes that the definition no longer has. Terraform evaluates both sides of `&&`, so that this
 * must not stand in the loop over the nodes: a plan of 300 took two minutes.
 */
export const removed = (
  parts: Pick<ProblemParts, 'expected' | 'byName' | 'allow'> & { readonly elsewhere?: Expression },
): Expression => hcl`flatten([
  for name in setsubtract(keys(${parts.byName}), ${defined(parts)}) : [
    for vm in ${parts.byName}[name] :
    "Control plane \${name} (VM \${vm.id} on node \${vm.node}) is not in the definition: Terraform would destroy it, and with it a member of etcd. Take it out of the cluster first.${wayOut('remove', '${name}', 'To remove it knowingly')}"
    if contains(vm.tags, ${'control-plane' satisfies Role}) && !contains(${parts.allow}, "remove:\${name}")
  ]
])`;

/** One text per node: what would do harm, and what to do; "" when nothing would. */
export function problems(parts: ProblemParts): Expression {
  const here = hcl`try(${parts.byId}[node.vm], [])`;
  const known = hcl`try(${parts.byName}[name], [])`;
  const volumes = hcl`try(${parts.volumes}[node.vm], [])`;
  const unless = (what: Allowance): Expression => hcl`!contains(${parts.allow}, "${inText(what)}:\${name}")`;
  const named = (what: Allowance, purpose: string): Expression => wayOut(what, '${name}', purpose);
  return hcl`{
    for name, node in ${parts.expected} : name => join("\\n", concat(
      [
        for vm in ${here} :
        "VM \${vm.id} on node \${vm.node} is called \\"\${vm.name}\\", not \\"\${name}\\": Terraform would take it over, and a later destroy would delete it. Give \${name} a free vm_id, or remove that VM.${named('adopt', 'To take it over knowingly')}"
        if vm.name != name && ${unless('adopt')}
      ],
      [
        for vm in ${known} :
        "\${name} is VM \${vm.id} on \${vm.site}, and the definition puts it on \${node.site}: Terraform would start a second machine with its MAC and address, and leave that one behind. Remove it there first; its disks go with it.${named('replace', 'To go on all the same')}"
        if vm.site != node.site && ${unless('replace')}
      ],
      [
        for vm in ${known} :
        "\${name} is VM \${vm.id} on node \${vm.node}, and the definition says \${node.place}: Terraform would destroy it with its disks and create it anew. \${vm.id == node.id ? "Migrate it first (qm migrate \${vm.id} \${node.node} --online), then plan again." : "A VM cannot change its id; set vm_id to \${vm.id} to keep it."}${named('replace', 'To replace it knowingly')}"
        if vm.site == node.site && (vm.id != node.id || vm.node != node.node && !try(${parts.mobile}[name], false)) && ${unless('replace')}
      ],
      [
        for vm in ${here} :
        "VM \${vm.id} of \${name} has \${length(${volumes})} disks with \${sum(${volumes}) / ${SMALLEST_DISK_BYTES}} GiB, and the definition has \${node.disks} with \${node.gib}: a disk that it does not know would be detached, and none can shrink. List it in data_disks, or delete it on the server.${named('disks', 'To detach it knowingly')}"
        if vm.name == name && (length(${volumes}) > node.disks || sum(concat(${volumes}, [0])) > node.gib * ${SMALLEST_DISK_BYTES}) && ${unless('disks')}
      ],
      [
        for vm in ${here} :
        "Nobody sees a disk of VM \${vm.id} of \${name} on the storages of the definition, so that a disk could be detached unseen. Give the token VM.Config.Disk on /vms/\${vm.id} and Datastore.Audit on the storages of its disks; if they are on another storage, name that one.${named('disks', 'To go on unseen')}"
        if vm.name == name && length(${volumes}) == 0 && ${unless('disks')}
      ],
      [for text in ${parts.general} : text if name == ${parts.reportingNode}]
    ))
  }`;
}

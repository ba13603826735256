/** The VMs of a synthesized stack as a person writes them by hand: one block per server with `for_each` over a map. */

interface Vm {
  readonly provider: string;
  readonly name: string;
  readonly vm_id: number;
  readonly node_name: string;
  readonly description: string;
  readonly protection: boolean;
  readonly tags: readonly string[];
  readonly smbios: { readonly uuid: string };
  readonly network_device: readonly { readonly mac_address: string }[];
  readonly disk: readonly {
    readonly interface: string;
    readonly datastore_id: string;
    readonly size: number;
    readonly serial: string;
  }[];
  readonly initialization: { readonly ip_config: readonly { readonly ipv4: { readonly address: string } }[] };
}

/** The parts of `cdk.tf.json` that are needed here. */
export interface Stack {
  readonly locals: Readonly<Record<string, unknown>>;
  readonly output: Readonly<Record<string, unknown>>;
  readonly provider: {
    readonly proxmox: readonly {
      readonly alias: string;
      readonly endpoint: string;
      readonly insecure: boolean;
    }[];
  };
  readonly resource: { readonly proxmox_virtual_environment_vm: Readonly<Record<string, Vm>> };
}

export function handWritten({ provider, resource }: Stack, withOutput = true): string {
  const vms = Object.values(resource.proxmox_virtual_environment_vm);
  return [
    'terraform {\n  required_providers {\n    proxmox = { source = "bpg/proxmox", version = "0.111.1" }\n  }\n}',
    ...provider.proxmox.map(
      ({ alias, endpoint, insecure }) =>
        `variable "proxmox_${alias}_api_token" {\n  type = string\n  sensitive = true\n}\n` +
        `provider "proxmox" {\n  alias = "${alias}"\n  endpoint = "${endpoint}"\n  insecure = ${insecure}\n  min_tls = "1.3"\n  api_token = var.proxmox_${alias}_api_token\n}`,
    ),
    `locals {\n  nodes = {\n${vms.map(node).join('\n')}\n  }\n}`,
    ...provider.proxmox.map(({ alias }) => block(alias)),
    ...(withOutput ? ['output "machine_inventory" {\n  value = local.nodes\n}'] : []),
    '',
  ].join('\n\n');
}

/** The outputs of a synthesized stack beside hand-written VMs, known from the start as in most such programs. */
export function outputsOf({ locals, output }: Stack): string {
  const used = Object.entries(locals).filter(([name]) => name.startsWith('machine_inventory'));
  return JSON.stringify({ locals: { ...Object.fromEntries(used), machine_inventory_made: true }, output });
}

function node(vm: Vm): string {
  const { vm_id, node_name, protection, description, tags } = vm;
  const value = {
    vm_id,
    node_name,
    protection,
    description,
    tags,
    server: vm.provider.split('.')[1],
    uuid: vm.smbios.uuid,
    mac: vm.network_device[0]?.mac_address,
    address: vm.initialization.ip_config[0]?.ipv4.address,
    disks: vm.disk.map(({ interface: slot, datastore_id, size, serial }) => ({
      slot,
      datastore_id,
      size,
      serial,
    })),
  };
  return `    "${vm.name}" = ${JSON.stringify(value)}`;
}

const block = (alias: string): string => `resource "proxmox_virtual_environment_vm" "${alias}" {
  for_each = { for name, node in local.nodes : name => node if node.server == "${alias}" }
  provider = proxmox.${alias}

  name        = each.key
  vm_id       = each.value.vm_id
  node_name   = each.value.node_name
  description = each.value.description
  tags        = each.value.tags
  protection  = each.value.protection

  machine       = "q35"
  bios          = "ovmf"
  scsi_hardware = "virtio-scsi-single"
  boot_order    = ["scsi0", "ide2"]
  on_boot       = true
  started       = true
  migrate       = false

  stop_on_destroy                      = true
  purge_on_destroy                     = true
  reboot_after_update                  = false
  delete_unreferenced_disks_on_destroy = false

  agent {
    enabled = false
  }
  cdrom {
    interface = "ide2"
    file_id   = "local:iso/talos-v1.11.5-nocloud-amd64.iso"
  }
  cpu {
    cores   = 4
    sockets = 1
    type    = "x86-64-v2-AES"
  }
  memory {
    dedicated = 8192
    floating  = 0
  }
  dynamic "disk" {
    for_each = each.value.disks
    content {
      interface    = disk.value.slot
      datastore_id = disk.value.datastore_id
      size         = disk.value.size
      serial       = disk.value.serial
      aio          = "io_uring"
      backup       = true
      cache        = "none"
      discard      = "on"
      file_format  = "raw"
      iothread     = true
      replicate    = true
      ssd          = true
    }
  }
  efi_disk {
    datastore_id      = "local-lvm"
    file_format       = "raw"
    pre_enrolled_keys = false
    type              = "4m"
  }
  initialization {
    datastore_id = "local-lvm"
    interface    = "ide0"
    type         = "nocloud"
    dns {
      servers = ["10.0.255.254"]
    }
    ip_config {
      ipv4 {
        address = each.value.address
        gateway = "10.0.255.254"
      }
    }
  }
  network_device {
    bridge      = "vmbr0"
    firewall    = false
    mac_address = each.value.mac
    model       = "virtio"
  }
  operating_system {
    type = "l26"
  }
  serial_device {
    device = "socket"
  }
  smbios {
    uuid = each.value.uuid
  }
}`;

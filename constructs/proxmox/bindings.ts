/** The bindings of bpg/proxmox that the package exports, as namespace `proxmox`. */
export * from '../../.gen/providers/proxmox/download-file';
export * from '../../.gen/providers/proxmox/hardware-mapping-pci';
export * from '../../.gen/providers/proxmox/haresource';
export * from '../../.gen/providers/proxmox/provider';
export * from '../../.gen/providers/proxmox/virtual-environment-pool';
export * from '../../.gen/providers/proxmox/virtual-environment-vm';

import { ISO } from './adoption';

const MACS = {
  'talos-control-1': 'BC:24:11:01:00:00',
  'talos-worker-1': 'BC:24:11:02:00:00',
  'talos-worker-2': 'BC:24:11:02:00:01',
};

/** A VM as the last version of the starter asks for it; Telmate writes what is set here. */
export const starterVm = (name: keyof typeof MACS, role: string) => ({
  name,
  cores: 4,
  sockets: 1,
  cpu: 'host',
  memory: 8192,
  machine: 'q35',
  scsihw: 'virtio-scsi-single',
  scsi0: 'local-lvm:60,iothread=1,discard=on,ssd=1',
  scsi1: 'tank:50,iothread=1,discard=on,ssd=1',
  ide2: `${ISO},media=cdrom`,
  net0: `virtio=${MACS[name]},bridge=vmbr0`,
  boot: 'order=scsi0;ide2',
  agent: '1',
  onboot: 1,
  tags: `talos;${role};home;terraform-managed`,
  description: 'by the starter',
});

/** The state of the starter, as Telmate/proxmox 3.0.2 leaves it, as far as anybody reads it. */
export const telmateState = (vms: readonly { name: string; vmid: number; group: string }[]): string =>
  JSON.stringify({
    version: 4,
    terraform_version: '1.9.8',
    serial: 7,
    lineage: 'a',
    outputs: {},
    resources: [...new Set(vms.map(({ group }) => group))].map((group) => ({
      mode: 'managed',
      type: 'proxmox_vm_qemu',
      name: group,
      provider: 'provider["registry.terraform.io/telmate/proxmox"]',
      instances: vms
        .filter((one) => one.group === group)
        .map(({ name, vmid }, i) => ({
          index_key: i,
          schema_version: 0,
          attributes: {
            id: `pve1/qemu/${vmid}`,
            name,
            vmid,
            target_node: 'pve1',
            tags: 'talos',
            ssh_host: '',
          },
        })),
    })),
  });

import { BaseStack, ProxmoxServers, ProxmoxVm, type ProxmoxVmProps } from '../../../constructs';
import { failure, props, stackWithServers } from '../../testing/lone-vm';
import { testApp } from '../../testing/synth';

describe('wrong props', () => {
  test('are told all at once, with the construct path, the rule and the repair', () => {
    const stack = stackWithServers();
    const wrong = props({
      name: 'dns_1',
      vmId: 20,
      uuid: '1234',
      tags: ['Dns'],
      cpuCores: 0,
      cpuType: 'x86-64-v2-AEX',
      memoryMb: 8.5,
      secureBoot: true,
      bios: 'seabios',
      ha: true,
      ignoreChanges: ['name'],
      disks: [
        { storage: 'local lvm', sizeGb: 0 },
        { storage: 'tank', sizeGb: 10 },
        { storage: 'tank', sizeGb: 10, slot: 31, serial: 'a serial number' },
      ],
      nics: [
        { bridge: 'vm br', mac: '01:00:00:00:00:01', vlanId: 5000, mtu: 9 },
        { bridge: 'vmbr0', mac: '01:00:00:00:00:01' },
      ],
    });

    expect(failure(() => new ProxmoxVm(stack, 'dns', wrong)).split('\n  ')).toEqual([
      'home/dns: the VM has problems',
      'home/dns: error[node-name-format] name: "dns_1" is not the name of a VM; write a DNS name, e.g. dns-1',
      'home/dns: error[vmid-range] vmId: 20 is below 100; choose one of 100-999999999',
      'home/dns: error[uuid-format] uuid: "1234" is not a UUID; write 8-4-4-4-12 hex digits, or leave it out to derive one',
      'home/dns: error[tag-charset] tags[0]: "Dns" may have only a-z, 0-9, "_", "-", "+" and "."; use "dns"',
      'home/dns: error[size-range] cpuCores: 0 is below 1; use 1-2304',
      'home/dns: error[cpu-type-unknown] cpuType: Proxmox VE knows no CPU model "x86-64-v2-AEX"; did you mean "x86-64-v2-AES"?',
      'home/dns: error[size-range] memoryMb: 8.5 is below 64; use 64-268435456',
      'home/dns: error[firmware-coherent] secureBoot: secureBoot needs bios ovmf and machine q35, not seabios and q35; change one of them',
      'home/dns: error[ha-placement] ha: "pve1" is a standalone server, where HA has nowhere to move the VM; remove ha, or write the proxmoxCluster of the server',
      'home/dns: error[proxmox-name] disks[0].storage: "local lvm" is not a valid name for a storage, which starts with a letter and has letters, digits, "-", "_" and "."; write it like local-lvm',
      'home/dns: error[size-range] disks[0].sizeGb: 0 is below 1; use 1 or more',
      'home/dns: error[disk-slot] disks[1]: a VM with several data disks gives each its slot; write e.g. slot: 1',
      'home/dns: error[disk-slot] disks[2]: "scsi31" is not a place for a disk; use a slot of 0-30',
      'home/dns: error[volume-selector] disks[2].serial: "a serial number" is not a serial number, which has 1-20 letters, digits, "_" and "-"; write another',
      'home/dns: error[proxmox-name] nics[0].bridge: "vm br" is not a valid name for a bridge, which has letters, digits, "-", "_" and "."; write it like vmbr0',
      'home/dns: error[vlan-range] nics[0].vlanId: 5000 is not a VLAN tag; use 1-4094, or 0 for none',
      'home/dns: error[size-range] nics[0].mtu: 9 is below 576; use 576-65520',
      'home/dns: error[mac-format] nics[0].mac: 01:00:00:00:00:01 is multicast, its second digit is odd; write e.g. 00:00:00:00:00:01',
      'home/dns: error[mac-unique] nics[1].mac: 01:00:00:00:00:01 is also that of nics[0]; change it',
      'home/dns: error[adopted-hardware] ignoreChanges[0]: "name" is not an argument that can be ignored; write one like boot_order, cpu.type, network_device.net0.model or disk.scsi0.serial',
    ]);
  });

  test('of a server are told all at once, too', () => {
    const servers = ProxmoxServers.of(new BaseStack(testApp(), 'home'));
    const wrong = {
      'pve 1': { apiUrl: 'http://192.168.10.5', nodeName: 'pve_1' },
      pve2: { apiUrl: 'https://192.168.10.6:8006/', nodeName: 'pve2', apiTokenId: 'me' },
    };

    expect(failure(() => servers.add(wrong)).split('\n  ')).toEqual([
      'home/proxmox-servers: the servers have problems',
      'home/proxmox-servers: error[server-key] pve 1: "pve 1" may have only letters, digits, "_" and "-", and starts with a letter or digit; use "pve-1"',
      'home/proxmox-servers: error[proxmox-name] pve 1.nodeName: "pve_1" is not a valid name for a Proxmox node, which has letters, digits and inner hyphens; write it like pve1',
      'home/proxmox-servers: error[endpoint-form] pve 1.apiUrl: "http://192.168.10.5" is not https, which the provider needs; write https://192.168.10.5:8006/',
      'home/proxmox-servers: error[token-format] pve2.apiTokenId: expected user@realm!tokenid; write it like terraform@pve!talos',
    ]);
  });

  test('name the known servers', () => {
    expect(failure(() => new ProxmoxVm(stackWithServers(), 'dns', props({ server: 'pve9' })))).toBe(
      'home/proxmox-servers: no server "pve9"; known: pve1, pve2',
    );
  });

  test.each<[string, Partial<ProxmoxVmProps>, string]>([
    [
      'no disk',
      { disks: [] },
      "disks: a VM needs a disk to boot from; write e.g. disks: [{ storage: 'local-lvm', sizeGb: 20 }]",
    ],
    [
      'two to boot from',
      {
        disks: [
          { storage: 'a1', sizeGb: 1, purpose: 'os' },
          { storage: 'a1', sizeGb: 1, purpose: 'os', slot: 1, name: 'b' },
        ],
      },
      'disks: 2 disks have the purpose os; write it for the one that the VM boots from',
    ],
    [
      'a slot and a serial twice',
      {
        disks: [
          { storage: 'a1', sizeGb: 1 },
          { storage: 'a1', sizeGb: 1, slot: 0, serial: 'os' },
        ],
      },
      'disks[1]: scsi0 is taken by disks[0]; give each disk a slot of its own',
    ],
    [
      'no MAC of an adopted VM',
      { adopted: true },
      'nics[0].mac: an adopted VM keeps its MAC address; write the one that it has',
    ],
    [
      'a GPU without PCIe',
      { gpuMappings: ['rtx'], machine: 'pc' },
      'machine: PCI mappings are passed as PCIe, which needs machine q35; write q35',
    ],
  ])('%s', (_, changes, text) => {
    expect(failure(() => new ProxmoxVm(stackWithServers(), 'dns', props(changes)))).toContain(`] ${text}`);
  });
});

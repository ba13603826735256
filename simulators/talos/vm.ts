import { guestDisks, guestNics, guestUuid, type Vm } from '../pve';
import type { MachineHardware } from './options';

/** What Talos in this VM sees of it. @param talos version, if its image does not say it */
export function hardwareOf(vm: Vm, talos: string): MachineHardware {
  const nics = guestNics(vm);
  return {
    id: guestUuid(vm),
    links: nics.map(({ mac }) => ({ mac })),
    addresses: nics.flatMap(({ addresses }) => addresses),
    gateways: nics.flatMap(({ gateways }) => gateways),
    disks: guestDisks(vm),
    talos: talosOf(vm) ?? talos,
    cores: Number(vm.config['cores'] ?? 1) * Number(vm.config['sockets'] ?? 1),
    memoryMb: Number(vm.config['memory'] ?? 512),
  };
}

/** Version in the name of an image that the VM has in a drive. */
const talosOf = ({ config }: Vm): string | undefined =>
  Object.values(config)
    .map((value) => /talos[^,]*(v\d+\.\d+\.\d+)/i.exec(String(value))?.[1])
    .find((version) => version !== undefined);

import type { MachineHardware, MachineTiming } from './options';

const TIMING: Required<MachineTiming> = {
  apply: 20,
  install: 200,
  reboot: 300,
  boot: 200,
  upgrade: 200,
  pull: 2000,
};

/** The machine that a bench is to make. */
export function specOf(machine: MachineHardware, timing: MachineTiming = {}): Record<string, unknown> {
  const { links = [], disks = [{}], talos = 'v1.11.5' } = machine;
  return {
    ...machine,
    id: machine.id.toLowerCase(),
    talos,
    links: links.map(({ name, mac }, index) => ({ name: name ?? `ens${18 + index}`, mac })),
    disks: disks.map((disk, index) => ({ name: `/dev/sd${String.fromCharCode(97 + index)}`, ...disk })),
    timing: { ...TIMING, ...timing },
  };
}

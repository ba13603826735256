/** What simulated machines that run Talos are, and what is seen of them. */

/** What a machine is made of. */
export interface MachineHardware {
  /** SMBIOS UUID in any case. */
  readonly id: string;
  /** @default `talos-` and the end of the id, as an unconfigured machine calls itself */
  readonly hostname?: string;
  /** `192.168.10.100/24` @default none */
  readonly addresses?: readonly string[];
  /** Default gateways. @default none */
  readonly gateways?: readonly string[];
  /** Physical links only. @default none */
  readonly links?: readonly LinkOptions[];
  /** @default one of 50 GiB without serial number */
  readonly disks?: readonly DiskOptions[];
  /** Version that it boots. @default 'v1.11.5' */
  readonly talos?: string;
  /** Extensions of what it boots: `siderolabs/qemu-guest-agent`. @default none */
  readonly extensions?: readonly string[];
  /** @default 4 */
  readonly cores?: number;
  /** @default 8192 */
  readonly memoryMb?: number;
  /** It is there so much later. Milliseconds. @default 0 */
  readonly delayMs?: number;
}

export interface LinkOptions {
  /** @default `ens18`, `ens19` … */
  readonly name?: string;
  /** In any case; shown in lower case. Empty: no address. */
  readonly mac: string;
  /** @default true */
  readonly up?: boolean;
}

export interface DiskOptions {
  /** @default `/dev/sda`, `/dev/sdb` … */
  readonly name?: string;
  /** Bytes. */
  readonly size: number;
  /** @default none */
  readonly serial?: string;
  /** @default 'virtio' */
  readonly transport?: string;
}

/** A machine whose API is to be had at an address of this computer. */
export interface TalosMachineOptions extends MachineHardware {
  /** In 127.0.0.0/8. @default the first of its addresses */
  readonly address?: string;
  /** Of the API, where each machine cannot have an address of its own. @default 50000 */
  readonly apiPort?: number;
  /** Of the Kubernetes API. @default 6443 */
  readonly kubePort?: number;
  readonly timing?: MachineTiming;
  readonly faults?: MachineFaults;
}

/** A machine as it is in itself. */
export interface TalosMachine {
  readonly id: string;
  readonly address: string;
  readonly stage: string;
  readonly ready: boolean;
  readonly powered: boolean;
  /** Talos is on its disk. */
  readonly installed: boolean;
  /** Version that runs: `v1.11.5`. */
  readonly talos: string;
  readonly extensions: readonly string[] | null;
  readonly hostname: string;
  /** Another one after each boot. */
  readonly bootId: string;
  /** The machine configuration; "" in maintenance. */
  readonly config: string;
}

/** A request that a machine has answered. */
export interface TalosCall {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** `/machine.MachineService/ApplyConfiguration` */
  readonly method: string;
  /** Address of the machine that passed it on; "" if it came directly. */
  readonly via: string;
  /** Of the caller: `os:admin`. In maintenance everybody is `os:reader`. */
  readonly roles: readonly string[];
  /** `OK`, `AlreadyExists` … */
  readonly code: string;
  /** Of a refusal. */
  readonly message: string;
}

export interface MachineFaults {
  /** Stays away after its next reboot. */
  readonly neverBoots?: boolean;
  /** Takes a configuration, and is in maintenance again after its reboot. */
  readonly neverInstalls?: boolean;
  /** Runs, but is never healthy. */
  readonly neverReady?: boolean;
  /** Says no to each upgrade. */
  readonly upgradeFails?: boolean;
  /** Its clock is so far ahead, or behind if negative. Certificates are made when it boots. Milliseconds. */
  readonly clockMs?: number;
  /** Takes connections, and answers nothing. */
  readonly hangs?: boolean;
}

/** How long a machine takes for its steps. Milliseconds. */
export interface MachineTiming {
  readonly apply?: number;
  readonly install?: number;
  readonly reboot?: number;
  readonly boot?: number;
  readonly upgrade?: number;
  /** Of an image, during which the machine runs on. */
  readonly pull?: number;
}

import { isHclMap, type TfvarsValues } from './variables';

/** Generations of the starter, told apart by the variables they had. */
export type Era = 'v1' | 'v1.5' | 'v2' | 'v3';

/** What a generation of the starter did where the variables do not say. */
export interface EraFacts {
  /** For people. */
  readonly title: string;
  readonly talosVersion: string;
  /** Undefined where VMs were cloned from a template. */
  readonly talosIso?: string;
  /** Undefined where GPU workers booted from `talos_iso`. */
  readonly talosGpuIso?: string;
  /** `vm_qemu_agent` when absent, or for all VMs where the variable had no effect. */
  readonly agent: { readonly default: boolean; readonly fixed: boolean };
  /** Whether `vm_protection` had an effect. */
  readonly protection: boolean;
  readonly machine: 'pc' | 'q35';
  /** First VMID of each role; undefined where Proxmox chose. */
  readonly vmIds?: Readonly<Record<'control_planes' | 'workers' | 'gpu_workers', number>>;
  /** Mapping of every GPU worker; none where a person attached the GPU. */
  readonly gpuMappings: readonly string[];
}

const FROM_V2 = {
  talosVersion: 'v1.10.1',
  agent: { default: true, fixed: true },
  protection: false,
  machine: 'q35',
  vmIds: { control_planes: 100, workers: 110, gpu_workers: 120 },
  gpuMappings: ['nvidia-gpu-1'],
} as const;

export const ERA_FACTS: Readonly<Record<Era, EraFacts>> = {
  v1: {
    title: 'clones of a template VM',
    // It had no such variable. This is the version that all later ones name in their ISO.
    talosVersion: 'v1.11.5',
    agent: { default: false, fixed: false },
    protection: true,
    machine: 'pc',
    gpuMappings: [],
  },
  'v1.5': {
    title: 'ISO or PXE, one storage for all roles',
    talosVersion: 'v1.10.1',
    talosIso: 'local:iso/talos-amd64.iso',
    agent: { default: false, fixed: false },
    protection: false,
    machine: 'pc',
    gpuMappings: [],
  },
  v2: {
    ...FROM_V2,
    title: 'storage by role, boot_method',
    talosIso: 'local:iso/talos-amd64.iso',
    talosGpuIso: 'local:iso/metal-amd64-gpu-talos-1.11.5.iso',
  },
  v3: {
    ...FROM_V2,
    title: 'storage by role, an empty ISO means PXE',
    talosIso: 'local:iso/talos-1.11.5.iso',
    talosGpuIso: 'local:iso/talos-1.11.5-gpu.iso',
  },
};

/** The generation of the starter that a file was written for, by its variables as written. */
export function detectEra(values: TfvarsValues): Era {
  const servers = isHclMap(values['proxmox_servers'])
    ? Object.values(values['proxmox_servers']).filter(isHclMap)
    : [];
  const onServer = (pattern: RegExp) =>
    servers.some((server) => Object.keys(server).some((key) => pattern.test(key)));
  const has = (key: string) => values[key] !== undefined && values[key] !== null;
  const early = onServer(/^storage_(os|data)$/) || has('talos_template_name');
  if (early && !onServer(/^storage_(control_plane|worker|gpu_worker)_/)) {
    // A template name may be left over from an earlier copy; these three never were in v1.
    return ['boot_method', 'talos_iso', 'talos_version'].some(has) ? 'v1.5' : 'v1';
  }
  return has('boot_method') ? 'v2' : 'v3';
}

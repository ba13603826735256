/** Profiles of Proxmox VE itself, and what every version has. */
export const COMMON_MODELS: readonly string[] = [
  ...['host', 'max', 'x86-64-v2', 'x86-64-v2-AES', 'x86-64-v3', 'x86-64-v4'],
];

/** Generic and old models, of less than x86-64-v2 or unclear. */
const GENERIC = [
  ...['qemu32', 'qemu64', 'kvm32', 'kvm64', '486', 'pentium', 'pentium2', 'pentium3', 'coreduo', 'core2duo'],
  ...['athlon', 'phenom'],
];

/** Models of vendors with the suffixes of their variants. */
const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  Conroe: [],
  Penryn: [],
  Nehalem: ['IBRS'],
  Westmere: ['IBRS'],
  SandyBridge: ['IBRS'],
  IvyBridge: ['IBRS'],
  Haswell: ['IBRS', 'noTSX', 'noTSX-IBRS'],
  Broadwell: ['IBRS', 'noTSX', 'noTSX-IBRS'],
  'Skylake-Client': ['IBRS', 'noTSX-IBRS', 'v4'],
  'Skylake-Server': ['IBRS', 'noTSX-IBRS', 'v4', 'v5'],
  'Cascadelake-Server': ['v2', 'noTSX', 'v4', 'v5'],
  Cooperlake: ['v2'],
  KnightsMill: [],
  'Icelake-Client': ['noTSX'],
  'Icelake-Server': ['noTSX', 'v3', 'v4', 'v5', 'v6', 'v7'],
  SapphireRapids: ['v2', 'v3', 'v4'],
  GraniteRapids: ['v2', 'v3'],
  SierraForest: ['v2', 'v3'],
  ClearwaterForest: [],
  Opteron_G1: [],
  Opteron_G2: [],
  Opteron_G3: [],
  Opteron_G4: [],
  Opteron_G5: [],
  EPYC: ['IBPB', 'v3', 'v4', 'v5'],
  'EPYC-Rome': ['v2', 'v3', 'v4', 'v5'],
  'EPYC-Milan': ['v2', 'v3'],
  'EPYC-Genoa': ['v2'],
  'EPYC-Turin': [],
};

/** What Proxmox VE 8.4 or 9.2 knows as CPU type of an x86-64 VM; `custom-…` besides, which a server defines. */
export const CPU_MODELS: ReadonlySet<string> = new Set([
  ...COMMON_MODELS,
  ...GENERIC,
  ...Object.entries(VARIANTS).flatMap(([model, suffixes]) => [
    model,
    ...suffixes.map((suffix) => `${model}-${suffix}`),
  ]),
]);

/** Whether a CPU type is a model that somebody defined on the servers. */
export const isCustomModel = (cpuType: string): boolean => /^custom-[\w-]+$/.test(cpuType);

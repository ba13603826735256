/** CPU models and flags that a VM may name: those of QEMU in each version, and those that Proxmox adds. */

const expand = (family: string, ...suffixes: readonly string[]): string[] =>
  suffixes.map((suffix) => `${family}${suffix}`);

/** Proxmox's own, the generic ones, Intel's and AMD's. */
const MODELS: readonly string[] = [
  ...expand('x86-64-v', '2', '2-AES', '3', '4'),
  ...['host', 'max', 'kvm32', 'kvm64', 'qemu32', 'qemu64'],
  ...['486', 'pentium', 'pentium2', 'pentium3', 'coreduo', 'core2duo', 'Conroe', 'Penryn', 'KnightsMill'],
  ...['Nehalem', 'Westmere', 'SandyBridge', 'IvyBridge'].flatMap((family) => expand(family, '', '-IBRS')),
  ...['Haswell', 'Broadwell'].flatMap((family) => expand(family, '', '-IBRS', '-noTSX', '-noTSX-IBRS')),
  ...expand('Skylake-Client', '', '-IBRS', '-noTSX-IBRS', '-v4'),
  ...expand('Skylake-Server', '', '-IBRS', '-noTSX-IBRS', '-v4', '-v5'),
  ...expand('Cascadelake-Server', '', '-v2', '-noTSX', '-v4', '-v5'),
  ...expand('Cooperlake', '', '-v2'),
  ...expand('Icelake-Client', '', '-noTSX'),
  ...expand('Icelake-Server', '', '-noTSX', '-v3', '-v4', '-v5', '-v6'),
  ...expand('SapphireRapids', '', '-v2'),
  'GraniteRapids',
  ...['athlon', 'phenom', ...expand('Opteron_G', '1', '2', '3', '4', '5')],
  ...expand('EPYC', '', '-IBPB', '-v3', '-v4', '-Genoa'),
  ...expand('EPYC-Rome', '', '-v2', '-v3', '-v4'),
  ...expand('EPYC-Milan', '', '-v2'),
];

const SINCE_9: readonly string[] = [
  'Icelake-Server-v7',
  ...expand('SapphireRapids', '-v3', '-v4'),
  ...expand('GraniteRapids', '-v2', '-v3'),
  ...expand('SierraForest', '', '-v2', '-v3'),
  ...['ClearwaterForest', 'EPYC-v5', 'EPYC-Rome-v5', 'EPYC-Milan-v3', 'EPYC-Genoa-v2', 'EPYC-Turin'],
];

const SINCE_9_2: readonly string[] = [
  ...['a64fx', ...expand('cortex-a', '35', '53', '55', '57', '710', '72', '76')],
  ...expand('neoverse-', 'n1', 'n2', 'v1'),
];

const FLAGS: readonly string[] = [
  ...['aes', 'amd-no-ssb', 'amd-ssbd', 'hv-evmcs', 'hv-tlbflush', 'ibpb', 'md-clear', 'pcid', 'pdpe1gb'],
  ...['spec-ctrl', 'ssbd', 'virt-ssbd'],
];

/** What the version of a site decides. */
export interface CpuSupport {
  readonly major: number;
  /** Models of one's own, without `custom-`. */
  readonly cpuModels: ReadonlySet<string>;
  isSince(major: number, minor: number): boolean;
}

/** Throws the text of Proxmox for a model that does not exist. */
export function assertCpuModel(support: CpuSupport, name: string): void {
  if (name.startsWith('custom-')) {
    const own = name.slice('custom-'.length);
    if (!support.cpuModels.has(own)) throw new Error(`Custom cputype '${own}' not found`);
    return;
  }
  const known =
    MODELS.includes(name) ||
    (support.major >= 9 && SINCE_9.includes(name)) ||
    (support.isSince(9, 2) && SINCE_9_2.includes(name));
  if (!known) throw new Error(`Built-in cputype '${name}' is not defined (missing 'custom-' prefix?)`);
}

/** Throws for flags that a VM may not have: `+aes;-pcid` is fine. */
export function assertCpuFlags(support: CpuSupport, text: string): void {
  const flags = support.isSince(9, 2) ? [...FLAGS, 'nested-virt'] : FLAGS;
  const isAllowed = (part: string): boolean => /^[+-]/.test(part) && flags.includes(part.slice(1));
  if (!text.split(';').every(isAllowed)) {
    throw new Error(`VM-specific CPU flags must be a subset of: ${[...flags].sort().join(', ')}`);
  }
}

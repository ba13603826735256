import type { Cluster } from '../../../model/cluster/cluster';
import { PINS, type ProgramName } from './programs';

/** What a cluster asks of a program. */
export interface Need {
  readonly program: ProgramName;
  /** `optional`: something goes without it, or is left out. */
  readonly level: 'needed' | 'optional';
  /** What it is for. */
  readonly why: string;
  /** Which versions do: `1.7 or newer`. */
  readonly versions: string;
  /** The one to get. */
  readonly pin: string;
  readonly fits: (version: string) => boolean;
}

/** What a cluster needs on the machine of whoever works on it. */
export function needsOf(cluster: Cluster): readonly Need[] {
  const { talosVersion, kubernetesVersion, management, stateSplit, servers } = cluster;
  // For resources that the state forgets: another state has them, or nobody any more.
  const forgets =
    stateSplit !== 'none' ||
    servers.some(({ sharedImages }) => sharedImages !== undefined) ||
    (management.kind === 'standalone' && management.engineBefore);
  const lowest = forgets ? '1.7' : '1.5';
  const talos = talosVersion.replace(/^v/, '');
  const kubernetes = kubernetesVersion?.replace(/^v/, '');
  const secrets = ['sops', 'age'] as const;
  const standalone = management.kind === 'standalone';
  return [
    need(
      'terraform',
      'needed',
      'plans and applies; OpenTofu does too',
      lowest,
      PINS.programs['tofu'] ?? lowest,
    ),
    ...(management.kind === 'omni'
      ? [
          {
            ...need('omnictl', 'needed', 'syncs the cluster in Omni', '1.6', PINS.programs['omnictl'] ?? ''),
            versions: 'that of your Omni',
            fits: () => true,
          },
        ]
      : []),
    ...(management.kind === 'none'
      ? []
      : [
          need(
            'talosctl',
            standalone ? 'needed' : 'optional',
            standalone ? 'makes the cluster of the nodes' : 'checks machine configurations',
            minorOf(talos).join('.'),
            talos,
          ),
        ]),
    ...(kubernetes === undefined ? [] : [kubectl(kubernetes)]),
    ...secrets.map((name) =>
      need(
        name,
        standalone ? 'needed' : 'optional',
        name === 'sops' ? 'reads secrets' : 'makes the keys of sops',
        name === 'sops' ? '3.9' : '1.0',
        PINS.programs[name] ?? '',
      ),
    ),
  ];
}

function need(program: ProgramName, level: Need['level'], why: string, lowest: string, pin: string): Need {
  const [major, minor] = minorOf(lowest);
  const fits = (version: string): boolean => {
    const [itsMajor, itsMinor] = minorOf(version);
    return itsMajor > major || (itsMajor === major && itsMinor >= minor);
  };
  return { program, level, why, versions: `${lowest} or newer`, pin, fits };
}

/** kubectl may be one minor apart from the API. */
function kubectl(version: string): Need {
  const [major, minor] = minorOf(version);
  const fits = (here: string): boolean => {
    const [itsMajor, itsMinor] = minorOf(here);
    return itsMajor === major && Math.abs(itsMinor - minor) <= 1;
  };
  const why = 'drains a node before its restart';
  const versions = `${major}.${minor - 1} to ${major}.${minor + 1}`;
  return { program: 'kubectl', level: 'optional', why, versions, pin: version, fits };
}

function minorOf(version: string): readonly [number, number] {
  const [major = 0, minor = 0] = version.split('.').map(Number.parseFloat);
  return [major, minor];
}

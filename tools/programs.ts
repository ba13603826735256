/**
 * The real OpenTofu, the tools of Omni, Talos, SOPS, age, OPA, actionlint and lefthook, the Omni server of the tests, machines that
 * run Talos, and the real Omni with such machines, from their Go modules.
 */
import { join } from 'node:path';
import { buildOnce, type GoMissing } from './go-build';
import { BIN_DIR, PROJECT_ROOT } from './paths';

export type ProgramName =
  | 'omnictl'
  | 'talosctl'
  | 'talosctl-1.13'
  | 'omni-server'
  | 'sops'
  | 'age-keygen'
  | 'opa'
  | 'actionlint'
  | 'lefthook'
  | 'tofu'
  | 'omni-real'
  | 'omni-bench'
  | 'talos-bench';

interface Program {
  /** Go module in `tools/`. */
  readonly module: string;
  /** Package in it. */
  readonly package: string;
  readonly also?: readonly string[];
  readonly ldflags?: string;
  /** Takes too long to be built for everybody: only where it is named. */
  readonly onDemand?: true;
}

const PROGRAMS: Readonly<Record<ProgramName, Program>> = {
  omnictl: { module: 'omni', package: './omnictl' },
  'omni-server': { module: 'omni', package: './server' },
  talosctl: { module: 'talos', package: '.' },
  'talosctl-1.13': { module: 'talos-1.13', package: '.', onDemand: true },
  sops: { module: 'sops', package: 'github.com/getsops/sops/v3/cmd/sops' },
  opa: { module: 'opa', package: 'github.com/open-policy-agent/opa' },
  actionlint: { module: 'actionlint', package: 'github.com/rhysd/actionlint/cmd/actionlint' },
  lefthook: { module: 'lefthook', package: 'github.com/evilmartians/lefthook/v2' },
  // As in its own releases: else it calls itself a development version.
  tofu: {
    module: 'opentofu',
    package: 'github.com/opentofu/opentofu/cmd/tofu',
    ldflags: '-X github.com/opentofu/opentofu/version.dev=no',
  },
  'age-keygen': { module: 'age', package: 'filippo.io/age/cmd/age-keygen' },
  'omni-real': { module: 'omni-real', package: 'github.com/siderolabs/omni/cmd/omni', onDemand: true },
  'omni-bench': {
    module: 'talos-node',
    package: './omni-bench',
    also: ['./node', './bench'],
    onDemand: true,
  },
  'talos-bench': { module: 'talos-node', package: './talos-bench', also: ['./node', './bench'] },
};

export const PROGRAM_NAMES = Object.keys(PROGRAMS) as readonly ProgramName[];

/** What is built when nothing is named. */
const USUAL_NAMES = PROGRAM_NAMES.filter((name) => !PROGRAMS[name].onDemand);

export interface ToolsReady {
  readonly ok: true;
  /** Folder of all programs: put it first in PATH. */
  readonly dir: string;
  /** One line per program: what was done. */
  readonly done: readonly string[];
}

/** Makes sure that these programs are in `.cache/bin`. What is not to be had is an answer and not an exception. */
export async function ensureTools(
  names: readonly ProgramName[] = USUAL_NAMES,
): Promise<ToolsReady | GoMissing> {
  const done: string[] = [];
  for (const name of names) {
    const { module, package: source, also, ldflags } = PROGRAMS[name];
    const built = await buildOnce({
      title: name,
      id: name,
      moduleDir: join(PROJECT_ROOT, 'tools', module),
      package: source,
      ...(also === undefined ? {} : { also }),
      ...(ldflags === undefined ? {} : { ldflags }),
      targets: [programPath(name)],
    });
    if (!built.ok) return built;
    done.push(built.line);
  }
  return { ok: true, dir: BIN_DIR, done };
}

/** Where `ensureTools` puts a program. */
export const programPath = (name: ProgramName): string =>
  join(BIN_DIR, process.platform === 'win32' ? `${name}.exe` : name);

/**
 * The real OpenTofu, the tools of Omni, Talos, SOPS, age, OPA, actionlint and lefthook, the Omni server of the tests, machines that
 * run Talos, an image factory without images, Helm, the real Omni with such machines, and the etcd and Kubernetes below them, from their Go
 * modules.
 */
import { join } from 'node:path';
import { buildOnce, isBuilt, type GoBuild, type GoMissing } from './go-build';
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
  | 'talos-bench'
  | 'image-factory'
  | 'helm'
  | KubernetesProgram;

/** What runs below simulated machines that run Talos, and kubectl. */
type KubernetesProgram =
  'kubectl' | 'etcd' | 'etcdutl' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler';

interface Program {
  /** Go module in `tools/`. */
  readonly module: string;
  /** Package in it. */
  readonly package: string;
  readonly also?: readonly string[];
  readonly ldflags?: string;
  /** How long it takes the first time. @default minutes */
  readonly slow?: string;
  /** Takes too long to be built for everybody: only where it is named. */
  readonly onDemand?: true;
}

/** Version of `tools/kubernetes/go.mod`: a program from a Go module does not know its own. */
export const KUBERNETES_VERSION = 'v1.34.1';

const versionVariable = (name: string, value: string): string =>
  `-X k8s.io/component-base/version.${name}=${value}`;

/** A command of Kubernetes itself. */
const kubernetes = (name: string, slow?: string): Program => {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)\./.exec(KUBERNETES_VERSION) ?? [];
  return {
    module: 'kubernetes',
    package: `k8s.io/kubernetes/cmd/${name}`,
    ldflags: [
      versionVariable('gitVersion', KUBERNETES_VERSION),
      versionVariable('gitMajor', major),
      versionVariable('gitMinor', minor),
    ].join(' '),
    onDemand: true,
    ...(slow === undefined ? {} : { slow }),
  };
};

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
  'image-factory': { module: 'image-factory', package: '.' },
  helm: { module: 'helm', package: 'helm.sh/helm/v3/cmd/helm', onDemand: true },
  'omni-real': { module: 'omni-real', package: 'github.com/siderolabs/omni/cmd/omni', onDemand: true },
  'omni-bench': {
    module: 'talos-node',
    package: './omni-bench',
    also: ['./node', './bench'],
    onDemand: true,
  },
  'talos-bench': { module: 'talos-node', package: './talos-bench', also: ['./node', './bench'] },
  kubectl: kubernetes('kubectl'),
  etcd: { module: 'kubernetes', package: 'go.etcd.io/etcd/server/v3', onDemand: true },
  etcdutl: { module: 'kubernetes', package: 'go.etcd.io/etcd/etcdutl/v3', onDemand: true },
  'kube-apiserver': kubernetes('kube-apiserver', 'up to half an hour on two busy cores'),
  'kube-controller-manager': kubernetes('kube-controller-manager'),
  'kube-scheduler': kubernetes('kube-scheduler'),
};

export const PROGRAM_NAMES = Object.keys(PROGRAMS) as readonly ProgramName[];

/** All that a cluster of simulated machines needs to be one of Kubernetes. */
export const KUBERNETES_PROGRAMS = [
  'kubectl',
  'etcd',
  'etcdutl',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
] as const satisfies readonly KubernetesProgram[];

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
    const built = await buildOnce(buildOf(name));
    if (!built.ok) return built;
    done.push(built.line);
  }
  return { ok: true, dir: BIN_DIR, done };
}

/** Those of the programs that `ensureTools` would build. */
export const missingTools = (names: readonly ProgramName[]): ProgramName[] =>
  names.filter((name) => !isBuilt(buildOf(name)));

function buildOf(name: ProgramName): GoBuild {
  const { module, package: source, also, ldflags, slow } = PROGRAMS[name];
  return {
    title: name,
    id: name,
    moduleDir: join(PROJECT_ROOT, 'tools', module),
    package: source,
    ...(also === undefined ? {} : { also }),
    ...(ldflags === undefined ? {} : { ldflags }),
    ...(slow === undefined ? {} : { slow }),
    targets: [programPath(name)],
  };
}

/** Where `ensureTools` puts a program. */
export const programPath = (name: ProgramName): string =>
  join(BIN_DIR, process.platform === 'win32' ? `${name}.exe` : name);

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Cluster } from '../../model/cluster/cluster';
import type { StandaloneManagement } from '../../model/cluster/management';
import type { Io } from '../../model/diagnostics/io';
import { manifestProblems } from '../../model/omni/manifests';
import { ciliumProblems } from '../../model/talos/cilium';
import { ciliumValues } from '../../model/talos/cilium-values';
import { run } from '../lib/platform/exec';
import { writeIfChanged } from '../lib/platform/files';
import { fail } from '../lib/platform/io';
import { lastLine } from '../lib/platform/redact';
import { chooseCluster } from '../lib/project/choose-cluster';

export interface RenderCiliumOptions {
  /** May be left out where there is only one. */
  readonly cluster?: string;
  /** A definition or a folder of definitions. */
  readonly definitions: string;
  /** The chart: a folder, or a .tgz file. */
  readonly chart: string;
  /** Files with values of one's own, the last wins. */
  readonly values: readonly string[];
}

/** Where the manifest goes that no definition names yet, beside the definition. */
const USUAL_FILE = 'manifests/cilium.yaml';

const HELM_MS = 120_000;

/**
 * Renders Cilium with the helm of the user, as the definition needs it, into the file that `bootstrap.manifests` names. Changes no
 * cluster, and needs no network: the chart is on this machine.
 *
 * @returns 0 written, or the same as before; 1 failed, or what is rendered does not fit the cluster: nothing was written
 */
export async function runRenderCilium(options: RenderCiliumOptions, io: Io): Promise<number> {
  const chosen = await chooseCluster(options.definitions, options.cluster, ['manifest-file']);
  if ('problems' in chosen) return fail(chosen.problems, io);
  const { cluster, draft } = chosen;
  const { management, name } = cluster;
  if (management.kind !== 'standalone')
    return fail(
      [
        `error: ${name} has management: ${management.kind}, where its settings do not say what Cilium needs; render it with helm template, and name the file in bootstrap.manifests`,
      ],
      io,
    );
  const missing = [options.chart, ...options.values].filter((file) => !existsSync(file));
  if (missing.length > 0)
    return fail(
      missing.map((file) => `error: ${file}: no such file; a chart is on this machine: helm pull gets one`),
      io,
    );

  const rendered = await rendering(cluster, management, options);
  if ('problem' in rendered) return fail([`error: ${rendered.problem}`], io);
  const named = cluster.manifests.map(({ file }) => file).find((file) => /cilium/i.test(file));
  const file = named ?? USUAL_FILE;
  const problems = problemsOf(file, rendered.text, management);
  if (problems.length > 0)
    return fail([...problems.map((one) => `error: ${one}`), 'nothing was written'], io);
  const path = join(dirname(draft.source.file), file);
  io.err(`${path}: ${writeIfChanged(path, rendered.text)}\n`);
  if (named === undefined)
    io.err(
      `name it in the definition: bootstrap: { manifests: [{ file: ${file} }] }, with standalone.cni: none\n`,
    );
  return 0;
}

/** Renders twice: what is another text each time would be a change of every node at each run. */
async function rendering(
  { name, kubernetesVersion }: Cluster,
  management: StandaloneManagement,
  { chart, values }: RenderCiliumOptions,
): Promise<{ readonly text: string } | { readonly problem: string }> {
  const { hostname, port } = new URL(management.endpoint);
  const host = hostname.replace(/^\[|\]$/g, '');
  const input = JSON.stringify(ciliumValues(management, { host, port: Number(port) || 443 }));
  const args = [
    ...['template', 'cilium', chart, '--namespace', 'kube-system'],
    ...(kubernetesVersion === undefined ? [] : ['--kube-version', kubernetesVersion]),
    // JSON is YAML. The first: values of one's own win.
    ...['--values', '-', ...values.flatMap((file) => ['--values', file])],
  ];
  const texts: string[] = [];
  for (const _ of [1, 2]) {
    const program = process.env['HELM'] || 'helm';
    const { code, stdout, stderr, missing } = await run(program, args, { input, timeout: HELM_MS });
    if (missing)
      return { problem: `${program} is not installed; install Helm 3.14 or newer, or name it in HELM` };
    if (code !== 0)
      return { problem: `helm cannot render the chart: ${lastLine(stderr) || `it ended with code ${code}`}` };
    texts.push(stdout);
  }
  const [first = '', second] = texts;
  if (first !== second)
    return {
      problem: `the chart renders something else each time (${differing(first, second ?? '')}); values that make certificates or passwords, as hubble.tls.auto.method=helm does, are not for a file that is committed`,
    };
  const head = `# Cilium for ${name}, as npm run talos -- render-cilium renders it. Commit it.\n`;
  return { text: `${head}${first.replaceAll('\r\n', '\n').trimEnd()}\n` };
}

interface Named {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string };
}

const objectsOf = (text: string): unknown[] =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as unknown)
    .filter((value) => value !== null && value !== undefined);

/** Kinds and names of objects of the first text that the second does not have alike. */
function differing(one: string, other: string): string {
  const known = new Set(objectsOf(other).map((object) => JSON.stringify(object)));
  const changed = objectsOf(one).filter((object) => !known.has(JSON.stringify(object))) as Named[];
  return (
    changed.map(({ kind = '', metadata }) => `${kind} ${metadata?.name ?? ''}`).join(', ') || 'its order'
  );
}

/** What a cluster would refuse of it, told before it takes the place of a good file. */
function problemsOf(file: string, text: string, management: StandaloneManagement): string[] {
  const objects = objectsOf(text);
  if (objects.length === 0) return [`${file}: the chart renders no object`];
  return [
    ...objects.flatMap((object) => [...ciliumProblems(object, management)]),
    ...[...manifestProblems([{ file, objects }], [Buffer.byteLength(text)])].map(({ message }) => message),
  ].map((message) => `${file}: ${message}`);
}

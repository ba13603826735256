import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster, Node } from '../../../model/cluster/cluster';
import { talosMinor } from '../../../model/talos/talos-forms';
import { count } from '../../../model/support/text';
import { run, type RunResult } from '../../lib/platform/exec';
import type { GateResult } from './gate-result';
import type { TemplateDocument } from '../../../model/templates/render';

/** Nodes whose machine configurations differ in names and addresses only: one of them stands for all. */
interface Shape {
  readonly node: Node;
  readonly patches: readonly unknown[];
  alike: number;
}

/** Merges the patches of each kind of node into a machine configuration of its Talos version, and validates that. */
export async function checkMachineConfigs(
  cluster: Cluster,
  documents: readonly TemplateDocument[],
  folder: string,
): Promise<GateResult> {
  const talosctl = process.env['TALOSCTL'] ?? 'talosctl';
  const call = (...args: string[]) => run(talosctl, args, { cwd: folder, timeout: 120_000 });
  const skipped = (why: string): GateResult => ({
    tool: 'talosctl',
    status: 'skipped',
    line: `not checked: machine configurations by talosctl, ${why}`,
  });
  const version = await call('version', '--client', '--short');
  if (version.missing)
    return skipped('which is not installed; see https://talos.dev, or name it with TALOSCTL');
  const [own = 'unknown'] = /v\d+\.\d+\.\d+\S*/.exec(version.stdout + version.stderr) ?? [];
  if (talosMinor(own) < talosMinor(cluster.talosVersion))
    return skipped(`whose version ${own} is older than Talos ${cluster.talosVersion}; install that version`);

  const failed = (what: string, { stdout, stderr }: RunResult): GateResult => {
    const why = `${stderr}${stdout}`.trim().replaceAll(`${folder}/`, '');
    return { tool: 'talosctl', status: 'failed', line: `error: talosctl: ${what}: ${why}` };
  };
  const base = await call(
    ...['gen', 'config', cluster.name, 'https://127.0.0.1:6443', '--output', '.', '--force'],
    ...['--output-types', 'controlplane,worker', '--with-docs=false', '--with-examples=false'],
    ...['--talos-version', cluster.talosContract],
    ...(cluster.kubernetesVersion === undefined
      ? []
      : ['--kubernetes-version', cluster.kubernetesVersion.slice(1)]),
  );
  if (base.code !== 0) return failed('cannot make a configuration', base);

  const shapes = shapesOf(cluster, documents);
  for (const [i, { node, patches, alike }] of shapes.entries()) {
    const what = `node ${node.name}${alike > 0 ? ` (and ${alike} like it)` : ''}`;
    const role = node.role === 'control-plane' ? 'controlplane' : 'worker';
    const files = writePatches(join(folder, `shape-${i}`), patches);
    const merged = `shape-${i}.yaml`;
    const patching = [
      'machineconfig',
      'patch',
      `${role}.yaml`,
      ...files.flatMap((file) => ['-p', `@${file}`]),
    ];
    const patch = await call(...patching, '-o', merged);
    if (patch.code !== 0) return failed(what, patch);
    const valid = await call('validate', '-c', merged, '-m', 'metal');
    if (valid.code !== 0) return failed(what, valid);
  }
  const nodes = count(cluster.nodes.length, 'node');
  const line = `talosctl ${own}: the machine configurations of ${nodes} are valid (${count(shapes.length, 'shape')})`;
  return { tool: 'talosctl', status: 'ok', line };
}

function writePatches(folder: string, patches: readonly unknown[]): string[] {
  mkdirSync(folder);
  return patches.map((patch, i) => {
    const file = join(folder, `${i}.yaml`);
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(patch));
    return file;
  });
}

/** Patches in the order in which Omni merges them: cluster, machine set, machine. */
function shapesOf(cluster: Cluster, documents: readonly TemplateDocument[]): Shape[] {
  const inline = (wanted: (document: TemplateDocument) => boolean) =>
    new Map(
      documents.filter(wanted).map(({ name, patches }) => [name, patches.map((patch) => patch.inline)]),
    );
  const [all] = inline(({ kind }) => kind === 'Cluster').values();
  const sets = inline(({ kind }) => kind === 'ControlPlane' || kind === 'Workers');
  const machines = inline(({ kind }) => kind === 'Machine');
  const shapes = new Map<string, Shape>();
  for (const node of cluster.nodes) {
    const own = machines.get(node.name) ?? [];
    const key = `${node.machineSet} ${withoutIdentity(JSON.stringify(own), node)}`;
    const shape = shapes.get(key);
    if (shape) shape.alike++;
    else
      shapes.set(key, {
        node,
        patches: [...(all ?? []), ...(sets.get(node.machineSet) ?? []), ...own],
        alike: 0,
      });
  }
  return [...shapes.values()];
}

/** What is different on every node, taken out of a text. The rules have checked each of these values. */
function withoutIdentity(text: string, { name, server, nics }: Node): string {
  const values = [
    name,
    server.key,
    server.nodeName,
    server.siteName,
    ...nics.flatMap(({ mac, ip }) => [mac.toLowerCase(), `${ip}/`]),
  ];
  return values.reduce((rest, value) => rest.replaceAll(value, '*'), text);
}

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Cluster } from '../../../model/cluster/cluster';
import type { MachineIds } from '../../../model/omni/machine-ids';
import { machineInventory } from '../../../model/inventory/machine';
import { byBytes } from '../../../model/support/text';
import { readIfThere } from '../../../model/support/files';
import { stableJson } from '../../lib/platform/json';
import { ASIDE, writeTogether } from '../../lib/platform/write-together';
import type { TemplateDocument } from '../../../model/templates/render';
import { parseJson } from '../../../model/support/json';

/** Version of the shape of `manifest.json`. Readers refuse a version they do not know. */
const MANIFEST_FORMAT_VERSION = 1;

export const TEMPLATE_FILE = 'cluster-template.yaml';
export const MANIFEST_FILE = 'manifest.json';
const MACHINES_FOLDER = 'machines';

const manifestSchema = z.object({
  format_version: z.literal(MANIFEST_FORMAT_VERSION),
  cluster: z.string(),
  /** Where the machine ids came from: discovery, or the UUIDs of the definition. */
  machine_ids: z.enum(['matched-machines', 'definition']),
  /** Version that the form of the patches follows; a cluster keeps it for life. */
  talos_contract: z.string(),
  /** SHA-256 of the inventory (output `machine_inventory`) as JSON with sorted keys. */
  inventory_sha256: z.string(),
  /** SHA-256 of the map node → machine id as JSON with sorted keys. */
  machine_ids_sha256: z.string(),
  /** SHA-256 of `cluster-template.yaml`. */
  template_sha256: z.string(),
});

/** What a template was made from: whoever applies it compares this with what is true then. */
export type Manifest = Readonly<z.infer<typeof manifestSchema>>;

/** Reads a manifest; `undefined` where there is none, or none of this version. */
export function parseManifest(text: string | undefined): Manifest | undefined {
  const json = parseJson(text ?? '');
  return 'value' in json ? manifestSchema.safeParse(json.value).data : undefined;
}

/** The manifest of the last run. @param folder that of the cluster */
export const readManifest = (folder: string): Manifest | undefined =>
  parseManifest(readIfThere(join(folder, MANIFEST_FILE)));

/** Files of a cluster by path below its folder. The manifest is last: it is true only when the others are there. */
export type GeneratedFiles = ReadonlyMap<string, string>;

const HEADER = `# Omni cluster template, generated from the definition: change that, or a template, not this file.
# Sync this file only, never one below machines/. What is more specific wins: Omni merges the patches of the cluster (200,
# 250), then of the machine set (400, 450), then of the machine (400-cm, 450-cm); within a level by id, so that patches of
# the definition (250, 450) win over generated ones. Of systemExtensions and kernelArgs the nearest list holds alone.
`;

const MACHINE_HEADER = '# Part of ../cluster-template.yaml, for reading: it is no template by itself.\n';

/** All files of a cluster. The same input gives the same bytes. */
export function generatedFiles(
  cluster: Cluster,
  ids: MachineIds,
  source: Manifest['machine_ids'],
  documents: readonly TemplateDocument[],
): GeneratedFiles {
  const template = HEADER + documents.map(({ text }) => `---\n${text}`).join('');
  const manifest: Manifest = {
    format_version: MANIFEST_FORMAT_VERSION,
    cluster: cluster.name,
    machine_ids: source,
    talos_contract: cluster.talosContract,
    inventory_sha256: sha256(stableJson(machineInventory(cluster))),
    machine_ids_sha256: sha256(stableJson(Object.fromEntries(ids))),
    template_sha256: sha256(template),
  };
  return new Map([
    [TEMPLATE_FILE, template],
    ...documents
      .filter(({ kind }) => kind === 'Machine')
      .map(({ name, text }): [string, string] => [`${MACHINES_FOLDER}/${name}.yaml`, MACHINE_HEADER + text]),
    [MANIFEST_FILE, stableJson(manifest)],
  ]);
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export type FileState = 'written' | 'unchanged' | 'removed';

/** Writes what changed, and removes then the machines that are gone. */
export function writeFiles(folder: string, files: GeneratedFiles): Map<string, FileState> {
  const stale = staleFiles(folder, files);
  // Thousands of machine files would take minutes to reach the disk one by one; the template holds all that they say.
  const isDurable = (path: string): boolean => !path.startsWith(`${MACHINES_FOLDER}/`);
  const written = writeTogether(folder, Object.fromEntries(files), isDurable);
  for (const path of stale) rmSync(join(folder, path), { force: true });
  return new Map<string, FileState>([
    ...stale.map((path): [string, FileState] => [path, 'removed']),
    ...Object.entries(written),
  ]);
}

export type FileDifference = 'differs' | 'missing' | 'stale';

/** What is different on disk; empty if nothing is. */
export function compareFiles(folder: string, files: GeneratedFiles): Map<string, FileDifference> {
  const differences = new Map<string, FileDifference>();
  for (const [path, text] of files) {
    const there = readIfThere(join(folder, path));
    if (there !== text) differences.set(path, there === undefined ? 'missing' : 'differs');
  }
  for (const path of staleFiles(folder, files)) differences.set(path, 'stale');
  return differences;
}

/** Machine files on disk that no node has, whole or half-made. Nothing else in the folder is ours to remove. */
function staleFiles(folder: string, files: GeneratedFiles): string[] {
  const machines = join(folder, MACHINES_FOLDER);
  if (!existsSync(machines)) return [];
  return readdirSync(machines)
    .filter((name) => name.endsWith('.yaml') || name.endsWith(`.yaml${ASIDE}`))
    .map((name) => `${MACHINES_FOLDER}/${name}`)
    .filter((path) => !files.has(path))
    .sort(byBytes);
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TalosDocument } from '../../../model/talos/documents';
import { nodePatches } from '../../../model/templates/node-patches';
import { isMap } from '../../../model/talos/written-patches';
import { clusterOf } from '../../testing/drafts';
import { EVERY_STANDALONE_KEY } from '../../testing/standalone';
import { temporaryFolder } from '../../testing/terraform';

const CNI = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: cni }\n';

const lab = clusterOf({
  ...EVERY_STANDALONE_KEY,
  kubernetes_version: 'v1.34.1',
  control_planes: [{ name: 'c-1', ip_address: '10.0.0.11' }],
  workers: [{ name: 'w-1', ip_address: '10.0.0.21' }],
});

/** The patches of a cluster whose definition has these files beside it. */
function patchesBeside(files: Readonly<Record<string, string>>) {
  const folder = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return nodePatches(lab, join(folder, 'lab.yaml'));
}

const merged = (patches: readonly TalosDocument[] = [], of: string): unknown[] =>
  patches.map(({ body }) => body).filter((body) => isMap(body) && JSON.stringify(body).includes(of));

describe('patches of a node without Omni', () => {
  it('have the files that the definition names, on control planes', () => {
    const { patches, diagnostics } = patchesBeside({ 'manifests/cni.yaml': CNI });
    expect(diagnostics).toEqual([]);
    const inline = { cluster: { inlineManifests: [{ name: 'manifests-cni', contents: CNI }] } };
    expect(merged(patches.get('c-1'), 'inlineManifests')).toEqual([inline]);
    expect(merged(patches.get('w-1'), 'inlineManifests')).toEqual([]);
  });

  it('are those of templates of the user where there are some', () => {
    const { patches } = patchesBeside({
      'manifests/cni.yaml': CNI,
      'templates/patch-hostname.hbs': 'machine:\n  network:\n    hostname: other\n',
    });
    expect(merged(patches.get('w-1'), '"hostname"')).toEqual([
      { machine: { network: { hostname: 'other' } } },
    ]);
  });

  it('are none where a file is wrong, which is told once', () => {
    const none = patchesBeside({});
    expect(none.patches.size).toBe(0);
    expect(none.diagnostics.map(({ message }) => message)).toEqual(['no such file']);
    const broken = patchesBeside({ 'manifests/cni.yaml': CNI, 'templates/patch-hostname.hbs': 'a: {{{{\n' });
    expect(broken.patches.size).toBe(0);
    expect(broken.diagnostics.map(({ rule }) => rule)).toEqual(['template']);
  });
});

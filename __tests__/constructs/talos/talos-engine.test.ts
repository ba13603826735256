import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { clusterFromYaml, synthesizeCluster, type Synthesized } from '../../../constructs/testing';
import type { DefinitionDraft } from '../../../model/cluster/definition/schema';
import { standaloneTwin } from '../../testing/standalone';

/** The example of home without Omni. */
function synthesized(standalone: DefinitionDraft['standalone'], images?: object): Synthesized {
  const twin = parse(
    standaloneTwin(readFileSync('clusters/home.yaml', 'utf8'), '192.168.10.50', standalone),
  ) as object;
  return synthesizeCluster(clusterFromYaml(stringify({ ...twin, ...(images ? { images } : {}) })), 'home');
}

const TERRAFORM = { engine: 'terraform', secrets_in_local_state: true } as const;

test('a factory is given the schematic before an image of it is downloaded, and its answer is compared', () => {
  const made = synthesized(TERRAFORM, {
    talos: { schematic: { factory: 'https://factory.example.com', extensions: ['siderolabs/iscsi-tools'] } },
  });
  const posted = made.resource('talos_image_factory_schematic', 'talos');
  const download = made.resource('proxmox_download_file', 'talos_pve1');
  const [, id = ''] = /\/image\/([0-9a-f]{64})\//.exec(String(download['url'])) ?? [];
  expect(posted['schematic']).toContain('siderolabs/iscsi-tools');
  expect(posted['lifecycle']).toMatchObject({
    postcondition: [{ condition: `\${self.id == "${id}"}` }],
  });
  expect(download['depends_on']).toEqual(['talos_image_factory_schematic.talos']);
  expect(made.stacks['home']?.provider['talos']).toEqual([
    { image_factory_url: 'https://factory.example.com' },
  ]);
});

test('with talosctl there is nothing of Talos, and what Terraform had is forgotten where the definition says so', () => {
  expect(Object.keys(synthesized({}).stacks['home']?.provider ?? {})).toEqual(['proxmox']);
  const { removed = [], terraform } = synthesized({ engine_before: 'terraform' }).stacks['home'] ?? {};
  expect(removed).toContainEqual({ from: 'talos_machine_secrets.cluster', lifecycle: { destroy: false } });
  expect(removed).toContainEqual({
    from: 'talos_machine_configuration_apply.talos-worker-1',
    lifecycle: { destroy: false },
  });
  expect(terraform).toMatchObject({ required_version: '>= 1.7.0' });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatDiagnostic } from '../../../model/diagnostics/diagnostics';
import { loadTemplates, renderTemplate } from '../../../model/templates/render';
import { TemplateError } from '../../../model/templates/engine';
import { clusterOf } from '../../testing/drafts';
import { documentOf, documentsOf, foreseenIds, patchesOf } from '../../testing/generate';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'templates-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const CLUSTER = clusterOf({
  kubernetes_version: 'v1.34.1',
  control_planes: [
    { name: 'cp-1', ip_address: '10.0.0.11' },
    { name: 'cp-2', ip_address: '10.0.0.12' },
  ],
});

/** Problems of a template of the user, as lines without the folder. */
function problems(name: string, text: string): string[] {
  writeFileSync(join(folder, name), text);
  const short = (line: string) => line.slice(line.indexOf(name));
  try {
    const templates = loadTemplates(folder);
    const { diagnostics } = renderTemplate(CLUSTER, foreseenIds(CLUSTER), templates);
    return diagnostics.map((problem) => short(formatDiagnostic(problem)));
  } catch (cause) {
    if (cause instanceof TemplateError) return [short(formatDiagnostic(cause.diagnostic))];
    throw cause;
  }
}

describe('templates of the user', () => {
  it('replace ours of the same name', () => {
    writeFileSync(join(folder, 'patch-hostname.hbs'), 'machine:\n  env: { NODE: {{json node.name}} }\n');
    const documents = documentsOf(CLUSTER, folder);
    expect(patchesOf(documentOf(documents, 'Machine', 'cp-2'))['hostname']).toEqual({
      machine: { env: { NODE: 'cp-2' } },
    });
  });

  it('may put values into texts', () => {
    writeFileSync(join(folder, 'patch-hostname.hbs'), "machine: {env: {NODE: 'node-{{node.name}}'}}\n");
    const documents = documentsOf(CLUSTER, folder);
    expect(patchesOf(documentOf(documents, 'Machine', 'cp-2'))['hostname']).toEqual({
      machine: { env: { NODE: 'node-cp-2' } },
    });
  });

  it('that make no YAML are told once, with their line', () => {
    const text =
      '{{!-- a comment --}}\n{{#if legacy}}\nmachine:\n  env: [a\n{{/if}}\nx: {{yaml node.name}}\n';
    expect(problems('patch-hostname.hbs', text)).toEqual([
      'patch-hostname.hbs:6:1: error[template] node cp-1: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ]);
  });

  it('that make a value YAML only by luck are seen', () => {
    const text = 'machine:\n  env:\n    A: {{yaml node.name}}\n    B: x: y\n';
    expect(problems('patch-hostname.hbs', text)).toEqual([
      'patch-hostname.hbs:4:1: error[template] node cp-1: not valid YAML: Nested mappings are not allowed in compact mappings',
    ]);
  });

  it('that make another document are told with the line of the key', () => {
    const text = 'kind: Machine\nname: {{yaml id}}\nlocked: false\nhostname: {{yaml node.name}}\n';
    expect(problems('machine.hbs', text)).toEqual([
      'machine.hbs:4:1: error[template] node cp-1: it has unknown keys: hostname',
    ]);
  });

  it('D28: that name a file instead of an inline patch are refused', () => {
    const text = 'kind: Machine\nname: {{yaml id}}\npatches:\n  - idOverride: a\n    file: patches/a.yaml\n';
    expect(problems('machine.hbs', text)).toEqual([
      'machine.hbs:4:1: error[template] node cp-1: patches.0.inline is missing',
    ]);
  });

  it('that ask for what is not there are told where', () => {
    expect(problems('patch-hostname.hbs', 'machine:\n  env: { A: {{yaml node.nam}} }\n')).toEqual([
      'patch-hostname.hbs:2:13: error[template] node cp-1: {{yaml node.nam}} has no value',
    ]);
  });

  it('that ask without a helper are told too', () => {
    expect(problems('patch-hostname.hbs', 'machine:\n  env: { A: "{{node.nam}}" }\n')).toEqual([
      'patch-hostname.hbs:2:16: error[template] node cp-1: there is no "nam" here',
    ]);
  });

  it('that call a helper that does not exist are told', () => {
    expect(problems('patch-hostname.hbs', 'a: {{yml node.name}}\n')).toEqual([
      'patch-hostname.hbs:1:6: error[template] node cp-1: there is no "yml" here',
    ]);
  });

  it('that are no templates are told with their line', () => {
    expect(problems('patch-hostname.hbs', 'a: 1\n{{#if legacy}}\nb: 2\n')).toEqual([
      expect.stringMatching(/^patch-hostname\.hbs:4:1: error\[template\] not a valid template: Expecting /),
    ]);
  });

  it('that replace nothing are refused', () => {
    expect(problems('patch-hostnam.hbs', 'a: 1\n')).toEqual([
      'patch-hostnam.hbs: error[template] there is no template of this name to replace; did you mean "patch-hostname"?',
    ]);
  });

  it('may break a partial, which is told with its own file', () => {
    const text = '{{#each patches}}\nlabels:\n  a: {{yaml id}}\n{{/each}}\n';
    expect(problems('common.hbs', text)).toEqual([
      'common.hbs:2:1: error[template] cluster lab: not valid YAML: Map keys must be unique',
    ]);
  });
});

/** Cilium rendered by the real Helm, from a small chart with its names and values. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, parseDocument } from 'yaml';
import type { RunResult } from '../../scripts/lib/platform/exec';
import { PROJECT_ROOT } from '../../tools/paths';
import { ensureTools, programPath } from '../../tools/programs';
import { runCli } from '../testing/cli';
import { temporaryFolder } from '../testing/terraform';

jest.setTimeout(900_000);

const tools = process.env['ACCEPTANCE_TOOLS'];
const describeTools = tools === undefined ? describe.skip : describe;
const CHART = join(PROJECT_ROOT, '__tests__/fixtures/cilium-chart');

describeTools('talos render-cilium', () => {
  let folder = '';
  const file = () => join(folder, 'clusters/net/cilium.yaml');

  beforeAll(async () => {
    const built = await ensureTools(['helm']);
    if (!built.ok) throw new Error(built.how);
    folder = temporaryFolder();
    mkdirSync(join(folder, 'clusters'));
    const definition = parseDocument(readFileSync(join(PROJECT_ROOT, 'clusters/home.yaml'), 'utf8'));
    definition.delete('omni');
    definition.set('management', 'standalone');
    definition.set('standalone', { vip: '192.168.10.50', cni: 'none', kube_proxy: false });
    definition.set('bootstrap', { manifests: [{ file: 'net/cilium.yaml' }] });
    writeFileSync(join(folder, 'clusters/home.yaml'), definition.toString());
  });

  const render = (...args: string[]): Promise<RunResult> =>
    runCli(['talos', 'render-cilium', 'home', '--chart', CHART, ...args], {
      cwd: folder,
      env: { HELM: programPath('helm'), CLUSTERS: 'clusters' },
    });

  it('writes what the cluster takes, the same each time', async () => {
    const first = await render();
    expect(first).toMatchObject({ code: 0, stderr: 'clusters/net/cilium.yaml: written\n' });
    const text = readFileSync(file(), 'utf8');
    const objects = parseAllDocuments(text).map((document) => document.toJS() as Record<string, unknown>);
    expect(objects).toMatchObject([
      {
        kind: 'ConfigMap',
        metadata: { name: 'cilium-config', namespace: 'kube-system' },
        data: { 'kube-proxy-replacement': 'true', ipam: 'kubernetes', 'cgroup-root': '/sys/fs/cgroup' },
      },
      {
        kind: 'DaemonSet',
        spec: {
          template: {
            spec: {
              containers: [
                {
                  env: [
                    { name: 'KUBERNETES_SERVICE_HOST', value: 'localhost' },
                    { name: 'KUBERNETES_SERVICE_PORT', value: '7445' },
                  ],
                },
              ],
            },
          },
        },
      },
    ]);
    expect(text).not.toContain('SYS_MODULE');
    expect((await render()).stderr).toBe('clusters/net/cilium.yaml: unchanged\n');
    expect(readFileSync(file(), 'utf8')).toBe(text);
    const valid = await runCli(['validate', 'clusters/home.yaml'], { cwd: folder });
    expect(valid).toMatchObject({ code: 0 });
  });

  it('refuses values that make certificates anew each time, and keeps the last good file', async () => {
    const before = readFileSync(file(), 'utf8');
    const values = join(folder, 'own.yaml');
    writeFileSync(values, 'hubble: { tls: { auto: { method: helm } } }\n');
    const { code, stderr } = await render('--values', values);
    expect(code).toBe(1);
    expect(stderr).toContain('something else each time (Secret cilium-ca)');
    expect(readFileSync(file(), 'utf8')).toBe(before);
  });

  it('says what helm says of a chart that is none', async () => {
    const none = join(folder, 'none');
    mkdirSync(none);
    const { code, stderr } = await runCli(['talos', 'render-cilium', 'home', '--chart', none], {
      cwd: folder,
      env: { HELM: programPath('helm'), CLUSTERS: 'clusters' },
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: helm cannot render the chart: .*Chart\.yaml/);
    rmSync(none, { recursive: true });
  });
});

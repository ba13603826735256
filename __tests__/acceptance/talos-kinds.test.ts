import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KINDS, NEWEST_MINOR } from '../../model/talos/kinds';
import { run } from '../../scripts/lib/platform/exec';
import { PROJECT_ROOT } from '../../tools/paths';
import { ensureTools, programPath, type ProgramName } from '../../tools/programs';

const describeTools = process.env['ACCEPTANCE_TOOLS'] === undefined ? describe.skip : describe;

/** The talosctl of a minor. */
const TALOSCTL: readonly (readonly [minor: number, name: ProgramName])[] = [
  [12, 'talosctl'],
  [13, 'talosctl-1.13'],
];

describeTools('the documents that Talos knows', () => {
  let folder: string;
  beforeAll(async () => {
    const tools = await ensureTools(['talosctl-1.13']);
    if (!tools.ok) throw new Error(tools.how);
    folder = mkdtempSync(join(tmpdir(), 'kinds-'));
  }, 1_800_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are those of the pinned machinery', async () => {
    const args = ['-r', './tools/register.cjs', 'tools/talos-kinds/kinds.ts', '--check'];
    const { stdout, stderr } = await run(process.execPath, args, { cwd: PROJECT_ROOT });
    expect(stdout + stderr).toBe('model/talos/kinds.ts: is current\n');
  }, 600_000);

  it.each(TALOSCTL)(
    'are those that the real talosctl 1.%i takes',
    async (minor, name) => {
      const talosctl = (...args: string[]) => run(programPath(name), args, { cwd: folder, timeout: 60_000 });
      const made = await talosctl(
        'gen',
        'config',
        'kinds',
        'https://127.0.0.1:6443',
        '--force',
        '--output',
        '.',
      );
      expect(made.code).toBe(0);
      const taken: string[] = [];
      for (const kind of [...KINDS.keys(), 'InventedConfig']) {
        const patch = JSON.stringify({ apiVersion: 'v1alpha1', kind });
        const { stderr } = await talosctl('machineconfig', 'patch', 'worker.yaml', '-p', patch);
        // What the document lacks is another matter.
        if (!stderr.includes('not registered')) taken.push(kind);
      }
      expect(taken).toEqual([...KINDS].filter(([, since]) => since <= minor).map(([kind]) => kind));
      expect(minor).toBeLessThanOrEqual(NEWEST_MINOR);
    },
    300_000,
  );
});

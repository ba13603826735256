import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../../scripts/cli';
import { SCRIPTS } from '../../../scripts/commands/complete/shells';
import { run } from '../../../scripts/lib/platform/exec';
import { CLI } from '../../testing/cli';

const folder = mkdtempSync(join(tmpdir(), 'complete-'));

beforeAll(() => {
  writeFileSync(
    join(folder, 'home.yaml'),
    `cluster_name: home
proxmox_servers: { pve1: {}, pve2: {} }
control_planes: [{ name: cp-1 }]
node_pools: [{ name: web, role: worker, count: 3, skip: [2] }]
`,
  );
  writeFileSync(join(folder, 'other.yaml'), 'cluster_name: other\nworkers:\n  - name: other-worker-1\n');
  writeFileSync(join(folder, 'broken.yaml'), 'cluster_name: [');
  process.env['CLUSTERS'] = folder;
});

afterAll(() => {
  delete process.env['CLUSTERS'];
  rmSync(folder, { recursive: true });
});

async function complete(shell: string, ...words: string[]): Promise<string[]> {
  let out = '';
  await main(['complete', shell, '--', ...words], {
    out: (text) => void (out += text),
    err: () => undefined,
  });
  return out.split('\n').filter((line) => line !== '');
}

describe('completion', () => {
  it('knows commands, their own commands and flags, with what they are for', async () => {
    expect(await complete('zsh', 're')).toEqual([
      'restart:restart the VMs whose changes wait for it, one at a time',
      'review:say what a plan does to which node, and whether it may',
    ]);
    expect(await complete('bash', 'talos', '')).toEqual(['secrets', 'config', 'render-cilium', 'help']);
    expect(await complete('fish', 'doctor', '--js')).toEqual([
      '--json\tprint the result in JSON on standard output',
    ]);
    expect(await complete('bash', 'complet')).toEqual(['completion']);
    expect(await complete('bash', 'completion', '')).toEqual(['bash', 'zsh', 'fish', 'powershell']);
    expect(await complete('bash', 'discover', '--output', '')).toEqual(['table', 'json']);
  });

  it('knows clusters, their nodes and servers, also of definitions that are not finished', async () => {
    expect(await complete('bash', 'up', '')).toEqual(['broken', 'home', 'other']);
    expect(await complete('bash', 'up', 'home', '--remove', '')).toEqual(['cp-1', 'web-1', 'web-3']);
    expect(await complete('bash', 'restart', 'other', '')).toEqual(['other-worker-1']);
    expect(await complete('zsh', 'up', 'home', '--allow', 'offline:')).toEqual([
      'offline\\:pve1',
      'offline\\:pve2',
    ]);
    // bash has split the word at its colon, and replaces what is behind it only.
    expect(await complete('bash', 'up', 'home', '--allow', 'remove', ':', 'we')).toEqual(['web-1', 'web-3']);
    // PowerShell gives a dot to the last word.
    expect(await complete('powershell', 'up', 'ho.')).toEqual(['home']);
  });

  it('says nothing where a file or a text is meant', async () => {
    expect(await complete('bash', 'status', 'home', '--inventory', '')).toEqual([]);
    expect(await complete('bash', 'import', '')).toEqual([]);
  });

  it('works in bash: its script, with words as bash splits them', async () => {
    const [node, ...cli] = CLI;
    const line = 'talos-proxmox up home --allow remove:we';
    const test = `talos-proxmox() { "${node}" ${cli.map((arg) => `"${arg}"`).join(' ')} "$@"; }
${SCRIPTS.bash}
COMP_WORDS=(talos-proxmox up home --allow remove : we); COMP_CWORD=6; COMP_LINE='${line}'; COMP_POINT=\${#COMP_LINE}
_talos_proxmox
printf '%s\\n' "\${COMPREPLY[@]}"
complete -p talos-proxmox`;
    const { stdout, stderr } = await run('bash', ['--norc', '-c', test], { env: { CLUSTERS: folder } });
    expect(stderr).toBe('');
    expect(stdout).toBe('web-1\nweb-3\ncomplete -o default -F _talos_proxmox talos-proxmox\n');
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../scripts/lib/platform/exec';
import { PROJECT_ROOT } from '../../tools/paths';
import { describeOmni } from '../testing/omni';

function expectNothingLeft(): void {
  for (const left of ['cdktf.out/demo', 'machine-data/demo', 'machine-configs/demo'])
    expect(existsSync(join(PROJECT_ROOT, left))).toBe(false);
}

describeOmni('npm run demo', () => {
  it('goes the whole path, says what the README shows, and leaves nothing', async () => {
    const { code, stdout, stderr } = await run('npm', ['run', '-s', 'demo'], { cwd: PROJECT_ROOT });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });

    const shown = /npm run demo\n([\s\S]*?)```/.exec(
      readFileSync(join(PROJECT_ROOT, 'README.md'), 'utf8'),
    )?.[1];
    for (const part of shown?.split('  …\n') ?? []) expect(stdout).toContain(part);
    expect(stdout).toContain('  No changes. Your infrastructure matches the configuration.');
    expect(stdout).toMatch(/│ 192\.168\.10\.120, 172\.31\.250\.120 │ 100 +│ rtx3090 │/);
    expect(stdout).toContain('  demo: applied; 8 machines ready\n  demo: up\n');
    expect(stdout).toMatch(/  blocked\[[\w-]+\] talos-worker-1: /);
    expect(stdout).toMatch(/  - talos-worker-1 leaves demo-workers: Omni resets the machine \S+\n/);
    expect(stdout).toContain('  Destroy complete! Resources: 10 destroyed.');
    expectNothingLeft();
  });

  it('goes the whole path without Omni, too', async () => {
    const args = ['run', '-s', 'demo', '--', '--standalone'];
    const { code, stdout, stderr } = await run('npm', args, { cwd: PROJECT_ROOT });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });

    expect(stdout).toContain('  - etcd begins on talos-control-1\n  demo: applied; 6 nodes ready\n');
    expect(stdout).toContain('  - talos-worker-4 gets its configuration, and joins (127.8.10.113)\n');
    expect(stdout).toContain('  demo: applied; 7 nodes ready\n  demo: up\n');
    // Where Kubernetes is not built, what builds it is told; where it is, `npm run test:full` looks at the table.
    expect(stdout).toMatch(
      /\$ kubectl get nodes|Not shown: kubectl get nodes\n.*: npm run tools -- kubectl etcd/,
    );
    expect(stdout).toContain('  Destroy complete! Resources: 9 destroyed.');
    expectNothingLeft();
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../scripts/lib/exec';
import { PROJECT_ROOT } from '../../tools/paths';
import { describeTerraform } from '../helpers/terraform';

describeTerraform('npm run demo', () => {
  it('goes the whole path, says what the README shows, and leaves nothing', async () => {
    const { code, stdout, stderr } = await run('npm', ['run', '-s', 'demo'], { cwd: PROJECT_ROOT });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });

    const shown = /npm run demo\n([\s\S]*?)```/.exec(
      readFileSync(join(PROJECT_ROOT, 'README.md'), 'utf8'),
    )?.[1];
    for (const part of shown?.split('  …\n') ?? []) expect(stdout).toContain(part);
    expect(stdout).toContain('  No changes. Your infrastructure matches the configuration.');
    expect(stdout).toContain('│ talos-worker-4  │ worker        │ pve2   │ 1103 │ BC:24:11:02:00:03 │');
    expect(stdout).toContain('  Destroy complete! Resources: 9 destroyed.');
    expect(existsSync(join(PROJECT_ROOT, 'cdktf.out', 'demo'))).toBe(false);
  });
});

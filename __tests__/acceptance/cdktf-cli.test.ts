import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../scripts/lib/exec';
import { PROJECT_ROOT } from '../../tools/paths';
import {
  describeTerraform,
  fakeVariables,
  mirrorEnv,
  synthesize,
  temporaryFolder,
} from '../helpers/terraform';

/** The commands that the README tells, word for word. */
describeTerraform('the cdktf CLI', () => {
  const cdktf = (args: readonly string[], env: Record<string, string>) =>
    run(process.execPath, [join(PROJECT_ROOT, 'node_modules/cdktf-cli/bundle/bin/cdktf'), ...args], {
      cwd: PROJECT_ROOT,
      env: { ...mirrorEnv(), NO_COLOR: '1', ...env },
      timeout: 120_000,
    });

  it('synth gives the same bytes as main.ts', async () => {
    const direct = await synthesize('clusters');
    const outdir = join(temporaryFolder(), 'cli');
    const { code, stdout, stderr } = await cdktf(['synth', '--output', outdir], { CLUSTERS: 'clusters' });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(
      'Generated Terraform code for the stacks: datacenter, gpu, home, single, storage',
    );
    const bytes = (folder: string, stack: string) =>
      readFileSync(join(folder, 'stacks', stack, 'cdk.tf.json'), 'utf8');
    expect(readdirSync(join(outdir, 'stacks')).sort()).toEqual(direct.stacks);
    for (const stack of direct.stacks) expect(bytes(outdir, stack)).toBe(bytes(direct.outdir, stack));
    expect(readFileSync(join(outdir, 'manifest.json'), 'utf8')).toBe(
      readFileSync(join(direct.outdir, 'manifest.json'), 'utf8'),
    );
  });

  it('diff plans with the local mirror', async () => {
    const synthesis = await synthesize('clusters/home.yaml');
    const outdir = join(temporaryFolder(), 'cli', 'out');
    const { code, stdout } = await cdktf(['diff', 'home', '--output', outdir, '--no-color'], {
      CLUSTERS: 'clusters/home.yaml',
      ...fakeVariables(synthesis.json('home')),
    });
    expect(code).toBe(0);
    expect(stdout).toContain('Plan: 8 to add, 0 to change, 0 to destroy.');
    // A mirror knows the checksums of one platform only, and terraform init says so.
    expect(stdout.replace('Warning: Incomplete lock file information', '')).not.toMatch(/warning/i);
  });

  it('shows a warning of ours without calling it an error', async () => {
    const outdir = join(temporaryFolder(), 'cli');
    const { code, stdout } = await cdktf(['synth', '--output', outdir], {
      CLUSTERS: '__tests__/fixtures/rules/backend-local/invalid.yaml',
    });
    expect(code).toBe(0);
    expect(stdout).toContain('warning[backend-local]');
    expect(stdout).not.toContain('[ERROR]');
  });
});

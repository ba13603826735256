import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../scripts/lib/platform/exec';
import { simulate } from '../../simulators/pve';
import { PROJECT_ROOT } from '../../tools/paths';
import {
  describeTerraform,
  fakeVariables,
  mirrorEnv,
  synthesize,
  temporaryFolder,
} from '../testing/terraform';

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

  it('deploy, output and destroy do on simulated servers what the README says', async () => {
    const folder = temporaryFolder();
    const { pve, definition, variables } = await simulate('clusters/home.yaml', { stateDir: folder });
    const file = join(folder, 'home.yaml');
    const vms = () => Object.values(pve.sites).flatMap(({ state }) => [...state.vms.values()]);
    const home = (command: string, ...args: readonly string[]) =>
      cdktf([command, 'home', '--output', join(folder, 'out'), ...args], { CLUSTERS: file, ...variables });
    const unprotected = (text: string) =>
      text.replace('control_planes:', 'control_planes:\n    vm_protection: false');
    try {
      writeFileSync(file, unprotected(definition()));
      const deployed = await home('deploy', '--auto-approve');
      expect(deployed.stdout).toContain('Apply complete! Resources: 8 added, 0 changed, 0 destroyed.');
      expect(deployed.code).toBe(0);
      expect(vms().map(({ status }) => status)).toEqual(Array(6).fill('running'));

      const outputs = join(folder, 'outputs.json');
      expect((await home('output', '--outputs-file', outputs)).code).toBe(0);
      const { home: written } = JSON.parse(readFileSync(outputs, 'utf8')) as {
        home: { machine_inventory: Record<string, { vm_id: number }> };
      };
      expect(Object.values(written.machine_inventory).map(({ vm_id }) => vm_id)).toEqual([
        1000, 1001, 1002, 1100, 1101, 1102,
      ]);

      expect((await home('destroy', '--auto-approve')).code).toBe(0);
      expect(vms()).toEqual([]);
    } finally {
      await pve.close();
    }
  });

  it('shows a warning of ours without calling it an error', async () => {
    const outdir = join(temporaryFolder(), 'cli');
    const { code, stdout } = await cdktf(['synth'], {
      CLUSTERS: '__tests__/fixtures/rules/backend-local/invalid.yaml',
      CDKTF_OUTPUT: outdir,
    });
    expect(code).toBe(0);
    expect(readdirSync(join(outdir, 'stacks'))).toEqual(['lab']);
    expect(stdout).toContain('warning[backend-local]');
    expect(stdout).not.toContain('[ERROR]');
  });
});

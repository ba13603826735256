/** Disks of VMs that the web interface made, which grow by the real provider. */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseDocument, type Document } from 'yaml';
import type { RunResult } from '../../scripts/lib/platform/exec';
import { Lab } from '../testing/adoption';
import { runCli } from '../testing/cli';
import { starterVm } from '../testing/starter-vms';
import { describeTerraform } from '../testing/terraform';

describeTerraform('the OS disk of an adopted VM without option aio', () => {
  let lab: Lab;

  const run = (command: string, ...args: readonly string[]): Promise<RunResult> =>
    runCli([command, 'home', ...args], { env: lab.env });

  function edit(change: (document: Document) => void): void {
    const file = lab.path('clusters/home.yaml');
    const document = parseDocument(readFileSync(file, 'utf8'));
    change(document);
    writeFileSync(file, document.toString());
  }

  const disk = (vmid: number): unknown => lab.vms().find((vm) => vm.vmid === vmid)?.config['scsi0'];

  beforeAll(async () => {
    lab = await Lab.start();
    await lab.make('pve1', 100, starterVm('talos-control-1', 'control-plane'));
    for (const [vmid, name] of [
      [110, 'talos-worker-1'],
      [111, 'talos-worker-2'],
    ] as const)
      await lab.make('pve1', vmid, starterVm(name, 'worker'));
    const roles = ['--control-plane', '100', '--worker', '110', '--worker', '111'];
    const { code, stderr } = await lab.adopt('--from', lab.base(), ...roles);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    await (await lab.stack()).apply();
    expect(disk(110)).not.toContain('aio=');
  });

  it('does not grow without a restart, which review and up say before anything is written', async () => {
    edit((it) => it.setIn(['workers', 0, 'os_disk_size_gb'], 80));
    const marks = lab.marks();
    const review = await run('review');
    expect(review.stdout).toContain(
      'blocked[disk-grown] talos-worker-1: a disk cannot grow while the VM runs: scsi0 and scsi1 have no option aio on the server, and the provider writes it with the change; apply would end in the middle; set reboot_after_update: true of talos-worker-1 for this change',
    );
    expect(review.stdout).toContain('waits for a restart');
    expect(review.code).toBe(2);
    const up = await run('up', '--auto-approve');
    expect({ code: up.code, stderr: up.stderr }).toMatchObject({ code: 2 });
    expect(up.stdout).toContain('blocked[disk-grown] talos-worker-1');
    expect(lab.writesSince(marks)).toEqual([]);
  });

  it('grows with the restart that is allowed for it, which review says', async () => {
    edit((it) => it.setIn(['workers', 0, 'reboot_after_update'], true));
    const review = await run('review');
    expect({ code: review.code, stdout: review.stdout }).toMatchObject({ code: 0 });
    expect(review.stdout).toContain('restarts');
    expect(review.stdout).toContain('warning[disk-without-aio] talos-worker-1');
    const marks = lab.marks();
    const terraform = await lab.stack();
    await terraform.apply();
    expect(lab.writesSince(marks)).toContain('POST qemu/110/status/start');
    expect(disk(110)).toContain('size=80G');
    expect((await terraform.plan()).code).toBe(0);
  });

  it('grows without one from then on', async () => {
    edit((it) => {
      it.setIn(['workers', 0, 'os_disk_size_gb'], 90);
      it.setIn(['workers', 0, 'reboot_after_update'], false);
    });
    const review = await run('review');
    expect(review.stdout).toContain('keeps running');
    expect(review.stdout).not.toContain('aio');
    const marks = lab.marks();
    await (await lab.stack()).apply();
    expect(lab.writesSince(marks)).not.toContain('POST qemu/110/status/start');
    expect(disk(110)).toContain('size=90G');
  });

  it('is what the provider refuses in the middle of an apply', async () => {
    edit((it) => it.setIn(['workers', 1, 'os_disk_size_gb'], 80));
    expect((await (await lab.stack()).refused()).replace(/\s+/g, ' ')).toContain(
      'cannot resize disks while the VM is running because this change requires',
    );
    expect(disk(111)).toContain('size=60G');
  });
});

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { addVolume } from '../../simulators/pve';
import { Lab } from '../testing/adoption';
import { starterVm, telmateState } from '../testing/starter-vms';
import { describeTerraform } from '../testing/terraform';

describeTerraform('adopt says what is wrong, and writes nothing:', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await Lab.start();
    await lab.make('pve1', 110, starterVm('talos-worker-1', 'worker'));
    await lab.make('pve2', 120, starterVm('talos-worker-1', 'worker'));
    await lab.make('pve1', 130, { ...starterVm('talos-worker-2', ''), name: 'pi', tags: '' });
    lab.base();
  });

  const wrong = async (...args: readonly string[]): Promise<string> => {
    const marks = lab.marks();
    const { code, stdout, stderr } = await lab.adopt(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(lab.writesSince(marks)).toEqual([]);
    expect(existsSync(lab.path('clusters/home.yaml'))).toBe(false);
    expect(stderr).not.toMatch(/^ {4}at /m);
    return stderr;
  };
  const from = () => ['--from', lab.path('servers.yaml')];

  it('no such VM, with what there is', async () => {
    expect(await wrong(...from(), '--worker', 'talos-wrker-1')).toContain(
      'error: --worker talos-wrker-1: no such VM on the servers; did you mean "talos-worker-1"?\n',
    );
  });

  it('a name that two VMs have', async () => {
    expect(await wrong(...from(), '--worker', 'talos-worker-1')).toContain(
      'error: --worker talos-worker-1: several VMs have this name: "talos-worker-1" (VM 110 on pve1), "talos-worker-1" (VM 120 on pve2); name one by its VMID, or leave one out with --skip <vmid>\n',
    );
  });

  it('nobody named, with all VMs', async () => {
    expect(await wrong(...from())).toContain(
      'there are: "pi" (VM 130 on pve1), "talos-worker-1" (VM 110 on pve1)',
    );
  });

  it('a role that nothing tells', async () => {
    lab.write('pi.json', telmateState([{ name: 'pi', vmid: 130, group: 'machines' }]));
    expect(await wrong(...from(), '--from', lab.path('pi.json'))).toContain(
      'error: "pi" (VM 130 on pve1): neither tags nor names tell its role; add --control-plane pi, --worker pi or --gpu-worker pi\n',
    );
  });

  it('a guest agent that is silent, which would hold up every plan', async () => {
    const silent = lab.site('pve1').state.vms.get(130);
    if (silent) silent.agent = 'none';
    expect(await wrong(...from(), '--worker', 'pi')).toContain(
      'start the agent, or switch it off: qm set 130 --agent 0\n',
    );
  });

  it.each([
    [
      'no JSON',
      'terraform {',
      'is not JSON; name a terraform.tfstate, or the output of: terraform show -json',
    ],
    [
      'no state',
      '{"version": 3}',
      'is neither a Terraform state of version 4 nor the output of terraform show -json',
    ],
    ['no VM', '{"version": 4, "resources": []}', 'no VM is in this state; name the state that has them'],
  ])('a state that is %s', async (_, text, message) => {
    const file = lab.write('broken.json', text);
    expect(await wrong(...from(), '--from', file)).toContain(`${file}: error[adopt-state] ${message}`);
  });

  it('files that are not there, and no definition to build upon', async () => {
    expect(await wrong('--from', lab.path('nowhere.json'))).toContain(
      'nowhere.json: error[definition-file] cannot be read (ENOENT)',
    );
    expect(await wrong('--worker', 'x')).toContain('no definition to build upon');
  });

  it('a server that does not answer, at its line', async () => {
    const text = readFileSync(lab.path('servers.yaml'), 'utf8');
    const file = lab.write('gone.yaml', text.replace(/https:\S+/, 'https://127.0.0.1:1/'));
    expect(await wrong('--from', file, '--worker', 'x')).toMatch(
      /gone\.yaml:\d+:\d+: error\[live-server-access\] proxmox_servers\.pve1\.api_url: https:\/\/127\.0\.0\.1:1\/ cannot be reached \(ECONNREFUSED\)/,
    );
  });

  it('a definition that exists', async () => {
    const file = lab.write('clusters/mine.yaml', 'mine');
    expect(await wrong(...from(), '--worker', '110', '-o', file)).toContain(
      'the file exists; choose another name with -o, or write over it with --force',
    );
    expect(readFileSync(file, 'utf8')).toBe('mine');
    rmSync(file);
  });

  it('a plan that the guards refuse: a volume that the VM has put aside', async () => {
    const { state } = lab.site('pve1');
    const found = state.vms.get(130);
    if (!found) throw new Error('no VM');
    found.agent = 'up';
    addVolume(state.storage('pve1', 'tank'), { name: 'vm-130-disk-9', size: 5 * 1024 ** 3 });
    found.config['unused0'] = 'tank:vm-130-disk-9';
    const { code, stdout, stderr } = await lab.adopt(...from(), '--control-plane', 'pi');
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^error: pi: .*VM 130 of pi has 3 disks with 115 GiB, and the definition has 2 with 110/m,
    );
    expect(stderr).toMatch(/^nothing written$/m);
    expect(stdout).toContain('pi');
    expect(existsSync(lab.path('clusters/home.yaml'))).toBe(false);
    expect(readdirSync(lab.folder).filter((name) => name.includes('-adopt-'))).toEqual([]);
  });
});

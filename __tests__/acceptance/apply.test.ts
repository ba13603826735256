/** `npm run apply` as a child, with the real omnictl, against a simulated Omni. Numbers: scenarios of the Omni lane. */
import { eventually, describeOmni } from '../helpers/omni';
import { Operator } from '../helpers/operator';

const ALL = ['cp-1', 'cp-2', 'cp-3', 'gpu-1', 'worker-1'];

describeOmni('apply', () => {
  it('1: makes the cluster and waits until it is healthy; the second run changes nothing', async () => {
    const operator = await Operator.with();
    const { stdout, stderr } = await operator.rollOut();
    expect(stdout).toContain('- cluster home is created, with Talos v1.11.5 and Kubernetes v1.34.1\n');
    expect(stdout).toContain('- 3 machines join home-control-planes: cp-1, cp-2, cp-3\n');
    expect(stderr).toMatch(/RUNNING Ready \(5\/5\)[\s\S]*home: applied; 5 machines ready\n$/);
    expect(await operator.members()).toEqual(ALL);

    const writes = await operator.omni.writes();
    const again = await operator.apply();
    expect(again).toMatchObject({ code: 0, stdout: '' });
    expect(again.stderr).toMatch(/^home: unchanged\n/);
    expect(await operator.omni.writes()).toEqual(writes);
  });

  it('--dry-run stops before it changes anything; with --detailed-exitcode differences are 2', async () => {
    const operator = await Operator.with();
    await operator.discover();
    await operator.generate();
    expect((await operator.apply(['--dry-run'], operator.reader)).code).toBe(0);
    const detailed = await operator.apply(['--dry-run', '--detailed-exitcode'], operator.reader);
    expect(detailed.code).toBe(2);
    expect(detailed.stdout).toContain('+++ Clusters.omni.sidero.dev(default/home)');
    expect(await operator.omni.writes()).toEqual([]);

    await operator.rollOut();
    expect((await operator.apply(['--dry-run', '--detailed-exitcode'])).code).toBe(0);
    expect((await operator.apply(['--detailed-exitcode'])).stderr).toContain('with --dry-run only');
  });

  it('asks, and takes no answer for no', async () => {
    const operator = await Operator.with();
    await operator.discover();
    await operator.generate();
    const { code, stderr } = await operator.apply();
    expect(code).toBe(1);
    expect(stderr).toContain('error: not confirmed: there is no terminal to ask on; give --auto-approve\n');
    expect(await operator.omni.writes()).toEqual([]);
  });

  it('3: refuses while a machine is absent, and says who', async () => {
    const operator = await Operator.with();
    await operator.rollOut();
    await operator.omni.removeMachine(operator.id('worker-1'));
    await eventually(async () => expect(await operator.omni.resources('MachineStatuses')).toHaveLength(4));
    const writes = await operator.omni.writes();
    const { code, stderr } = await operator.apply(['--auto-approve']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error\[live-omni-missing\] worker-1: .*BC:24:11:02:00:00.*on pve1/);
    expect(await operator.omni.writes()).toEqual(writes);
  });
});

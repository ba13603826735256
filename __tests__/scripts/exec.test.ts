import { run } from '../../scripts/lib/exec';

describe('run with a timeout', () => {
  it('ends a program that takes longer', async () => {
    const result = await run(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { timeout: 200 });
    expect(result).toMatchObject({ code: 128, timedOut: true, missing: false });
  });

  it('leaves nothing behind that keeps our process alive when the program does not exist', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    expect(await run('no-such-program', [], { timeout: 60_000 })).toMatchObject({ code: 127, missing: true });
    expect(timers()).toBe(before);
  });
});

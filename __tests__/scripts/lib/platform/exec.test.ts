import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../../../scripts/lib/platform/exec';
import { eventually } from '../../../testing/omni';
import { temporaryFolder } from '../../../testing/terraform';

/** A shell script as the arguments of `run`. */
const sh = (script: string): [string, string[]] => ['sh', ['-c', script]];

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

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

  it('ends what the program has started, which holds its output', async () => {
    const from = Date.now();
    const { timedOut, stdout } = await run(...sh('sleep 60 & echo $!; wait'), { timeout: 300 });
    expect({ timedOut, isSoon: Date.now() - from < 4000 }).toEqual({ timedOut: true, isSoon: true });
    await eventually(() => {
      expect(isAlive(Number(stdout))).toBe(false);
    });
  });

  it('does not wait for what a program leaves in the background', async () => {
    const from = Date.now();
    const { code, stdout } = await run(...sh('sleep 60 & echo $!'), { timeout: 30_000 });
    expect({ code, isSoon: Date.now() - from < 10_000 }).toEqual({ code: 0, isSoon: true });
    await eventually(() => {
      expect(isAlive(Number(stdout))).toBe(false);
    });
  }, 20_000);

  it('kills one that does not heed the end of its time', async () => {
    const { code, timedOut } = await run(...sh('trap "" TERM INT; while :; do sleep 0.1; done'), {
      timeout: 200,
    });
    expect({ code, timedOut }).toEqual({ code: 128, timedOut: true });
  }, 20_000);
});

describe('run with a limit of size', () => {
  it('ends a program that writes without end, and says so', async () => {
    const result = await run('yes', [], { maxBytes: 1024 * 1024 });
    expect(result).toMatchObject({ code: 128, stdout: '', timedOut: false });
    expect(result.stderr).toBe('yes wrote more than 1 MB, which cannot be an answer; it was stopped');
  });

  it('takes a character in pieces, and an answer just as long as allowed', async () => {
    const pieces: string[] = [];
    const result = await run(...sh(`printf '\\303'; sleep 0.1; printf '\\244'`), {
      maxBytes: 2,
      onOutput: (text) => pieces.push(text),
    });
    expect([result.stdout, pieces.join('')]).toEqual(['ä', 'ä']);
  });
});

describe('run with a signal', () => {
  it('interrupts a program once, and waits for it', async () => {
    const controller = new AbortController();
    const file = join(temporaryFolder(), 'said');
    const script = `trap 'echo interrupted >>${file}' INT; touch ${file}; sleep 1; sleep 0.5; exit 7`;
    const running = run(...sh(script), { signal: controller.signal });
    await eventually(() => {
      expect(existsSync(file)).toBe(true);
    });
    controller.abort();
    expect(await running).toMatchObject({ code: 7 });
    expect(readFileSync(file, 'utf8')).toBe('interrupted\n');
  });

  it('starts nothing when it is aborted already', async () => {
    const file = join(temporaryFolder(), 'started');
    const result = await run('touch', [file], { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ code: 130, missing: false });
    expect(existsSync(file)).toBe(false);
  });
});

describe('when our process is killed', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'programs are interrupted, and temporary folders go: %s',
    async (signal) => {
      const folder = temporaryFolder();
      const [pids, script] = [join(folder, 'pids'), join(folder, 'parent.ts')];
      writeFileSync(
        script,
        `import { run } from ${JSON.stringify(join(__dirname, '../../../../scripts/lib/platform/exec'))};
         import { temporaryFolder } from ${JSON.stringify(join(__dirname, '../../../../scripts/lib/platform/temporary'))};
         import { writeFileSync } from 'node:fs';
         const { path } = temporaryFolder('test');
         writeFileSync(path + '/secret', 'geheim');
         void run('sh', ['-c', 'sleep 60 & echo "$$ $!" >${pids}.new; mv ${pids}.new ${pids}; wait']);
         console.log(path);`,
      );
      const tsx = ['-r', join(__dirname, '../../../../tools/register.cjs'), script];
      let path = '';
      const parent = run('sh', ['-c', `"$0" "$@" & echo "$!"; wait "$!"`, process.execPath, ...tsx], {
        onOutput: (text) => (path += text),
      });
      await eventually(() => {
        expect([existsSync(pids), path.trim().split('\n')]).toEqual([
          true,
          [expect.any(String), expect.any(String)],
        ]);
      });
      const [parentPid = '', temporary = ''] = path.trim().split('\n');
      expect(readFileSync(join(temporary, 'secret'), 'utf8')).toBe('geheim');
      process.kill(Number(parentPid), signal);
      await parent;
      const [child = 0, grandchild = 0] = readFileSync(pids, 'utf8').split(' ').map(Number);
      await eventually(() => {
        expect([isAlive(child), isAlive(grandchild), existsSync(temporary)]).toEqual([false, false, false]);
      });
    },
    30_000,
  );
});

/**
 * The one door through which the tools start other programs: no shell, output captured, a missing program is
 * an answer (`missing: true`) and not an exception, because "install X" is a message for a person.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

export interface RunOptions {
  readonly cwd?: string;
  /** Added to (and winning over) the environment of this process; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds until the child gets SIGTERM. Default: no limit. */
  readonly timeout?: number;
}

export interface RunResult {
  /** Exit code; 127 when the program does not exist, 128 when it was ended by a signal. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The program is not on the PATH. */
  readonly missing: boolean;
  readonly timedOut: boolean;
}

/** Runs a program to its end. Never rejects for what the program does; read `code`. */
export function run(cmd: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(cmd, [...args], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      // stdin closed: a tool that starts to ask something must fail and not hang.
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    let timedOut = false;
    const timer =
      options.timeout === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            child.kill('SIGTERM');
          }, options.timeout);
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      // ENOENT also means "cwd does not exist"; that is our own mistake and must not read as "not installed".
      if (error.code === 'ENOENT' && (options.cwd === undefined || existsSync(options.cwd))) {
        resolve({ code: 127, stdout, stderr: `${cmd}: not found on the PATH`, missing: true, timedOut });
      } else {
        reject(error);
      }
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? 128, stdout, stderr, missing: false, timedOut });
    });
  });
}

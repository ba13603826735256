/** Programs that a simulator runs in: they are started, told what to do, and ended. */
import { request } from 'node:http';
import { run, type RunResult } from '../scripts/lib/platform/exec';

export interface Child {
  /** What it had printed when it was ready. */
  readonly output: string;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<RunResult>;
  stop(): Promise<void>;
}

/** Starts a program, and waits until it has printed a text. Throws what it said when it ends before. */
export async function startChild(
  title: string,
  program: string,
  args: readonly string[],
  ready: string,
): Promise<Child> {
  const interrupt = new AbortController();
  let ended: Promise<RunResult> | undefined;
  const output = await new Promise<string>((resolve, reject) => {
    let text = '';
    ended = run(program, args, {
      signal: interrupt.signal,
      onOutput: (part, stream) => {
        if (stream === 'stdout') text += part;
        if (text.includes(ready)) resolve(text);
      },
    });
    void ended.then(({ code, stderr }) => reject(new Error(`${title} ended with ${code}: ${stderr}`)));
  });
  const end = ended as unknown as Promise<RunResult>;
  return {
    output,
    ended: end,
    stop: async () => {
      interrupt.abort();
      await end;
    },
  };
}

/** Asks the control of a program. */
export type Control = <T = void>(method: string, path: string, body?: unknown) => Promise<T>;

/** The control of a program that listens on a socket. */
export const controlAt =
  (title: string, socketPath: string): Control =>
  <T = void>(method: string, path: string, body?: unknown): Promise<T> =>
    new Promise((resolve, reject) => {
      const asked = request({ socketPath, method, path: `/${path}` }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () =>
          (response.statusCode ?? 500) < 400
            ? resolve(JSON.parse(text) as T)
            : reject(new Error(`${title}: ${method} ${path}: ${text.trim()}`)),
        );
      });
      asked.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
    });

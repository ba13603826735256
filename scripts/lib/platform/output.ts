import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

type StreamName = 'stdout' | 'stderr';

interface OutputOptions {
  /** Of both streams together. */
  readonly maxBytes: number;
  /** Called once. */
  readonly onTooLong: () => void;
  /** Gets the output as it comes. */
  readonly onOutput?: (text: string, stream: StreamName) => void;
}

/** Output of a program while it comes in. */
export interface Output {
  /** Waits until nobody can write any more; at most so many milliseconds, then it stops listening. @returns whether all came */
  drained(ms: number): Promise<boolean>;
  /** What came, as text; `undefined` if it was too long. */
  collected(): { readonly stdout: string; readonly stderr: string } | undefined;
}

/** Collects the output of a program up to a limit. */
export function collectOutput(child: ChildProcess, { maxBytes, onTooLong, onOutput }: OutputOptions): Output {
  let bytes = 0;
  const chunks: Record<StreamName, Buffer[]> = { stdout: [], stderr: [] };
  for (const name of ['stdout', 'stderr'] as const) {
    const decoder = new StringDecoder('utf8');
    child[name]?.on('data', (chunk: Buffer) => {
      const wasTooLong = bytes > maxBytes;
      bytes += chunk.length;
      if (wasTooLong) return;
      if (bytes > maxBytes) {
        chunks.stdout = chunks.stderr = [];
        return onTooLong();
      }
      chunks[name].push(chunk);
      onOutput?.(decoder.write(chunk), name);
    });
  }
  const closed = new Promise<boolean>((resolve) => child.once('close', () => resolve(true)));
  return {
    async drained(ms) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
      const isDrained = await Promise.race([closed, late]);
      clearTimeout(timer);
      if (!isDrained) for (const name of ['stdout', 'stderr'] as const) child[name]?.destroy();
      return isDrained;
    },
    collected() {
      if (bytes > maxBytes) return undefined;
      const text = (name: StreamName): string => Buffer.concat(chunks[name]).toString('utf8');
      return { stdout: text('stdout'), stderr: text('stderr') };
    },
  };
}

const POLL_MS = 200;

/** Follows a file that a program writes its output into. */
export function followFile(file: string, { maxBytes, onTooLong, onOutput }: OutputOptions): Output {
  const descriptor = openSync(file, 'r');
  const decoder = new StringDecoder('utf8');
  const buffer = Buffer.alloc(64 * 1024);
  let bytes = 0;
  const readOn = (): void => {
    for (;;) {
      const count = readSync(descriptor, buffer, 0, buffer.length, null);
      if (count === 0) return;
      const wasTooLong = bytes > maxBytes;
      bytes += count;
      if (!wasTooLong && bytes > maxBytes) onTooLong();
      if (bytes <= maxBytes) onOutput?.(decoder.write(buffer.subarray(0, count)), 'stdout');
    }
  };
  const timer = setInterval(readOn, POLL_MS);
  return {
    drained() {
      clearInterval(timer);
      readOn();
      closeSync(descriptor);
      return Promise.resolve(true);
    },
    collected: () => (bytes > maxBytes ? undefined : { stdout: readFileSync(file, 'utf8'), stderr: '' }),
  };
}

import { StringDecoder } from 'node:string_decoder';
import type { ChildProcess } from 'node:child_process';

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

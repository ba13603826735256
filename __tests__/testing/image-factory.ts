import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ensureTools, programPath } from '../../tools/programs';

/** An image factory that takes schematics, on the vendor's own code. */
export interface ImageFactory {
  readonly url: string;
  /** Texts that it was given, by id. */
  schematics(): Promise<Readonly<Record<string, string>>>;
  stop(): void;
}

/** Throws what to do if it cannot be built. */
export async function startImageFactory(): Promise<ImageFactory> {
  const tools = await ensureTools(['image-factory']);
  if (!tools.ok) throw new Error(tools.how);
  const child = spawn(programPath('image-factory'), { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const url = line.toString().trim();
  return {
    url,
    schematics: async () => (await (await fetch(`${url}/schematics`)).json()) as Record<string, string>,
    // It ends with its standard input.
    stop: () => child.stdin.end(),
  };
}

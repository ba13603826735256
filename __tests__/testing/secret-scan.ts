import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Secrets by a name that may be shown. */
export type Planted = Readonly<Record<string, string>>;

/** `place: name of the secret` for each secret that stands there, as it is or encoded. */
export function scanText(planted: Planted, place: string, text: string): string[] {
  return Object.entries(planted)
    .filter(([, secret]) => forms(secret).some((form) => text.includes(form)))
    .map(([name]) => `${place}: ${name}`);
}

/** The same for all files below a folder; links lead to providers, and are not followed. */
export function scanFolder(
  planted: Planted,
  folder: string,
  skip: (path: string) => boolean = () => false,
): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !skip(path) && statSync(path).size < 64 * 1024 * 1024)
    .flatMap((path) => scanText(planted, path.slice(folder.length + 1), readFileSync(path, 'latin1')));
}

/** How a secret may be written, and still be one. */
function forms(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64');
  // The end of Base64 depends on what follows.
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), base64.slice(0, -4)];
}

/** Notes the arguments of all processes of this machine, many times a second, until `stop()`. */
export function watchArguments(): { stop(): string } {
  const seen = new Set<string>();
  const look = (): void => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' '));
      } catch {
        // It has ended.
      }
    }
  };
  // A test that failed before stop() must not keep the run from ending.
  const timer = setInterval(look, 10).unref();
  return {
    stop: () => {
      look();
      clearInterval(timer);
      return [...seen].join('\n');
    },
  };
}

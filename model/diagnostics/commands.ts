import { extname } from 'node:path';

/** Compiled, that is installed as a package in somebody's repository, rather than run from a checkout. */
export const INSTALLED = extname(__filename) === '.js';

/** Scripts of a checkout that are commands of the package. */
const SCRIPT = /\bnpm run (?:-s )?(synth:check|[a-z][a-z-]*)( --(?= ))?/g;

/** Scripts that only a checkout has: a message that names one is not for those who have installed the package. */
const CHECKOUT_ONLY: ReadonlySet<string> = new Set(['demo', 'docs', 'simulate', 'test', 'tools']);

/** A text about a checkout, with its commands as one types them in a repository that has installed the package. */
export const inWordsOfPackage = (text: string): string =>
  text.replace(SCRIPT, (all, script: string) =>
    CHECKOUT_ONLY.has(script) ? all : `npx talos-proxmox ${script.replace(':', '-')}`,
  );

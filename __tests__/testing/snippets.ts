import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../tools/paths';
import { PACKAGE } from './consumer';

/** A program on a page. */
export interface Snippet {
  /** `constructs/README.md:12`. */
  readonly place: string;
  /** The file that others on its page import, as the comment above says: `<!-- file: site.ts -->`. A program by itself has none. */
  readonly file?: string;
  readonly text: string;
}

/** The simulators are not in the package, and reports of its interface are no programs. */
const OTHER = /^(simulators|node_modules|__tests__|cdktf\.out)\/|^docs\/(api\/|reference\/\w+\.api\.md)/;

/** Pages with TypeScript that a user of the package may take over. */
export const snippetPages = (): readonly string[] =>
  ['.', 'constructs', 'docs', 'examples']
    .flatMap((folder) =>
      readdirSync(join(PROJECT_ROOT, folder), { recursive: folder !== '.' }).map((file) =>
        join(folder, String(file)),
      ),
    )
    .filter((page) => page.endsWith('.md') && !OTHER.test(page) && snippetsOf(page).length > 0)
    .sort();

/** The programs of a page. In a clone the constructs are a folder, and for the package they are its name. */
export function snippetsOf(
  page: string,
  text = readFileSync(join(PROJECT_ROOT, page), 'utf8'),
): readonly Snippet[] {
  const blocks = text.matchAll(/(?:<!-- file: (\S+) -->\n+)?^```(?:ts|typescript)\n([\s\S]*?)^```/gm);
  return [...blocks].map(({ index, 0: whole, 1: file, 2: body = '' }) => ({
    place: `${page}:${text.slice(0, index + whole.indexOf('```')).split('\n').length}`,
    text: body.replace("'./constructs'", `'${PACKAGE}'`),
    ...(file === undefined ? {} : { file }),
  }));
}

import { join, sep } from 'node:path';
import { oneLine } from '../support/foreign';

/** A failure that the user can repair; its message says how. */
export class ForUser extends Error {
  override readonly name = 'ForUser';
}

/** What the system says, in words. */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied; check who owns it',
  EPERM: 'permission denied; check who owns it',
  EROFS: 'the file system is read-only; choose another place',
  ENOSPC: 'no space left on the disk; make room and run it again, the files that were there are unchanged',
  EDQUOT:
    'your quota on the disk is used up; make room and run it again, the files that were there are unchanged',
  ENOENT: 'no such file or folder; check the path',
  ENOTDIR: 'a part of the path is a file, not a folder; check the path',
  EEXIST: 'there is something else of this name; move it, or choose another place',
  EISDIR: 'is a folder, not a file; check the path',
  ELOOP: 'the symbolic links of the path lead in a circle; correct them',
  ENAMETOOLONG: 'the name is too long for the file system; shorten it',
  EMFILE: 'too many files are open; close programs, or raise ulimit -n',
  ENOMEM: 'no memory left; close programs, or take a larger machine',
};

/**
 * A failure in words. What nobody foresaw is told by its kind and its place in the program alone: the message of an error may hold
 * what a file or a program said, and with it secrets.
 */
export function failureText(failure: unknown): string {
  if (!isError(failure)) return UNFORESEEN;
  if (isForUser(failure)) return failure.message;
  const { code = '', path } = failure as NodeJS.ErrnoException;
  const words = Object.hasOwn(WORDS, code) ? WORDS[code] : undefined;
  if (words !== undefined && path !== undefined) return `${oneLine(path)}: ${words}`;
  if (words !== undefined) return words;
  const kind = [failure.name, ...(/^[A-Z_0-9]+$/.test(code) ? [code] : [])].join(' ');
  return `${UNFORESEEN} (${oneLine(kind)}${placeOf(failure)})`;
}

/** Also one of another realm, as the system calls of a test have. */
const isError = (failure: unknown): failure is Error =>
  typeof failure === 'object' && failure !== null && 'message' in failure && 'name' in failure;

const UNFORESEEN =
  'an error that this program does not expect; nothing more was done. Please report it with the command that you typed';

/** Validations of cdktf and of our constructs are made of our own words. */
const isForUser = ({ name, message }: Error): boolean =>
  name === 'ForUser' || name === 'ValidationError' || message.startsWith('Validation failed');

/** Of the program: the folder that holds its own folders, in a checkout as in `dist`. */
const ROOT = join(__dirname, '../..', sep);
/** What follows it in the line of a stack, where the place is ours: `scripts/lib/a-b.ts:12:3)`. */
const OURS = /^(?:(?:model|scripts|constructs)[\\/].*?|)([\w-]+\.[jt]s:\d+):\d+\)?$/;

/** ` at backend-keys.ts:39`: the innermost place of our own in the stack, wherever the program is installed. */
function placeOf({ stack = '' }: Error): string {
  const [place] = stack.split('\n').flatMap((line) => {
    const [, path = ''] = line.split(ROOT);
    return OURS.exec(path)?.[1] ?? [];
  });
  return place === undefined ? '' : ` at ${place}`;
}

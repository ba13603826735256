import type { Command, Option } from 'commander';
import type { Io } from '../../../model/diagnostics/io';
import { oneLine } from '../../../model/support/foreign';
import type { Shell } from './shell-names';
import { knownNames, type Names } from './names';

/** What may stand at a place of a command line. */
interface Proposal {
  readonly value: string;
  readonly text?: string;
}

/** Options that name nodes. */
const OF_NODES = new Set(['--remove', '--gone', '--reboot']);

/** Words before the name in `--allow`, and what they allow something for. */
const ALLOW: Readonly<Record<string, 'nodes' | 'servers' | 'clusters'>> = {
  remove: 'nodes',
  replace: 'nodes',
  disks: 'nodes',
  adopt: 'nodes',
  offline: 'servers',
  quorum: 'clusters',
};

/**
 * Prints what may stand at the end of a command line, a line each, in the form of a shell. Nothing where only a file or a text may.
 * It answers while somebody waits for a key: definitions are read as far as names go, and not checked.
 *
 * @param words those up to the cursor without the program; the last is the one that is begun, and may be empty
 */
export function runComplete(program: Command, shell: Shell, words: readonly string[], io: Io): number {
  const typed = shell === 'bash' ? joined(words) : [...words];
  const last = (typed.pop() ?? '').replace(shell === 'powershell' ? /\.$/ : /^$/, '');
  const fitting = proposals(program, typed, last).filter(({ value }) => value.startsWith(last));
  for (const one of fitting) io.out(`${lineOf(one, shell, last)}\n`);
  return 0;
}

/** bash takes a colon for the end of a word. */
function joined(words: readonly string[]): string[] {
  const whole: string[] = [];
  let open = false;
  for (const word of words) {
    if (open || word === ':') whole.push(`${whole.pop() ?? ''}${word}`);
    else whole.push(word);
    open = word === ':';
  }
  return whole;
}

/** bash wants only what is behind the last colon, and takes no descriptions. */
function lineOf({ value, text }: Proposal, shell: Shell, last: string): string {
  if (shell === 'bash') return value.slice(last.lastIndexOf(':') + 1);
  const told = text === undefined ? '' : oneLine(text);
  if (shell === 'zsh') return [value.replaceAll(':', '\\:'), ...(told === '' ? [] : [told])].join(':');
  return told === '' ? value : `${value}\t${told}`;
}

function proposals(program: Command, typed: readonly string[], last: string): Proposal[] {
  let command = program;
  const given: string[] = [];
  let waiting: Option | undefined;
  for (const word of typed) {
    const inner = given.length === 0 ? command.commands.find((one) => one.name() === word) : undefined;
    if (waiting) waiting = undefined;
    else if (word.startsWith('-')) waiting = takesValue(command, word);
    else if (inner) command = inner;
    else given.push(word);
  }
  if (waiting) return valuesOf(waiting, given[0]);
  if (last.startsWith('-'))
    return [...command.options.map(proposalOf), { value: '--help', text: 'show all options' }];
  if (command.commands.length > 0)
    return command
      .createHelp()
      .visibleCommands(command)
      .map((one) => ({ value: one.name(), text: one.summary() }));
  const argument = command.registeredArguments[given.length] ?? command.registeredArguments.at(-1);
  if (argument === undefined) return [];
  if (argument.argChoices) return argument.argChoices.map((value) => ({ value }));
  if (argument.name() === 'cluster') return named('clusters');
  return argument.name() === 'nodes' ? named('nodes', given[0]) : [];
}

const proposalOf = ({ long, short, description }: Option): Proposal => ({
  value: long ?? short ?? '',
  text: description,
});

const takesValue = (command: Command, word: string): Option | undefined =>
  command.options.find(
    ({ long, short, required, optional }) => (long === word || short === word) && (required || optional),
  );

function valuesOf(option: Option, cluster: string | undefined): Proposal[] {
  if (option.argChoices) return option.argChoices.map((value) => ({ value }));
  if (OF_NODES.has(option.long ?? '')) return named('nodes', cluster);
  if (option.long !== '--allow') return [];
  return Object.entries(ALLOW).flatMap(([word, kind]) =>
    named(kind, cluster).map(({ value }) => ({ value: `${word}:${value}` })),
  );
}

/** @param cluster whose nodes and servers; default: of all */
const named = (kind: keyof Names, cluster?: string): Proposal[] =>
  knownNames(cluster)[kind].map((value) => ({ value }));

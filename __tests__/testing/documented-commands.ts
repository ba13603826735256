import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createProgram } from '../../scripts/cli';
import { program as simulate } from '../../simulators/pve/main';
import { PROJECT_ROOT } from '../../tools/paths';
import { PROGRAM_NAMES } from '../../tools/programs';

/** A block of commands on a page. */
export interface CommandBlock {
  /** `docs/guide/apply.md:12`. */
  readonly place: string;
  /** What is typed, without the prompt and the output. */
  readonly commands: readonly string[];
  /** The comment right above: `run by: up.test.ts`, or `not run by a test: needs a real server`. */
  readonly mark?: string;
}

const read = (path: string): string => readFileSync(join(PROJECT_ROOT, path), 'utf8');

/** The blocks of commands of a page. A prompt (`$` or `#`) tells commands from output; without any, all lines are commands. */
export function commandBlocks(page: string, text = read(page)): readonly CommandBlock[] {
  const blocks = text.matchAll(/(?:<!-- ([^>]*) -->\n+)?^```(?:console|bash|sh)\n([\s\S]*?)^```/gm);
  return [...blocks].map(({ index, 0: whole, 1: mark, 2: body = '' }) => {
    const start = index + whole.indexOf('```');
    const lines = body.trimEnd().split('\n');
    const prompted = lines.flatMap((line) => /^[$#] (.*)/.exec(line)?.[1] ?? []);
    return {
      place: `${page}:${text.slice(0, start).split('\n').length}`,
      commands: prompted.length > 0 ? prompted : lines,
      ...(mark === undefined ? {} : { mark }),
    };
  });
}

/** Subcommands and flags of programs that are not ours, as far as the documentation needs them. */
const FOREIGN: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  terraform: {
    init: ['-migrate-state', '-input', '-no-color'],
    plan: ['-refresh-only', '-lock-timeout', '-out'],
    apply: ['-auto-approve', '-input', '-no-color', '-var', '-replace', '-parallelism'],
    destroy: ['-target', '-auto-approve'],
    show: ['-json'],
    output: ['-json'],
    import: [],
    untaint: [],
    login: [],
    'force-unlock': [],
    'state rm': [],
    'state mv': ['-state-out'],
    'providers schema': ['-json'],
  },
  'npx cdktf': {
    synth: [],
    diff: [],
    deploy: ['--auto-approve', '--terraform-parallelism'],
    output: [],
    destroy: [],
  },
  curl: { post: ['--fail', '--header', '--data-binary'] },
  'npx lefthook': { install: [] },
  'npx jest': { rules: [] },
  npm: { ci: [], test: [], pack: [], publish: [], install: [] },
  omnictl: {
    'serviceaccount create': ['--use-user-role', '--role'],
    'cluster unlock': [],
    'cluster template': [],
    'delete link': [],
    kubeconfig: ['--cluster'],
  },
  omni: { '': ['--eula-accept-name', '--eula-accept-email'] },
  kubectl: {
    get: ['--kubeconfig'],
    config: ['--flatten'],
    drain: ['--ignore-daemonsets', '--delete-emptydir-data'],
    uncordon: [],
  },
  talosctl: {
    'config new': ['--roles'],
    'apply-config': ['--mode', '--insecure', '--nodes', '--file'],
    bootstrap: ['--recover-from', '--nodes'],
    etcd: ['--nodes'],
    reset: ['--graceful', '--nodes'],
    upgrade: ['--nodes'],
    'upgrade-k8s': [],
  },
  qm: {
    migrate: ['--online'],
    set: ['--agent', '--name', '--delete'],
    reboot: [],
    destroy: ['--purge'],
    'disk unlink': ['--idlist', '--force'],
  },
  pvesh: { get: ['--source'], delete: [] },
  pvesm: { free: [], set: ['--content', '--disable', '--shared'] },
  pveum: {
    'role add': ['-privs'],
    'role modify': ['--append', '--privs'],
    'user add': [],
    'user token': ['--privsep'],
    aclmod: ['-user', '-role'],
    'pool add': [],
  },
  sops: { '': ['--version'], edit: [], encrypt: ['--in-place'] },
  'age-keygen': { '': ['-o'] },
  gh: { 'pr comment': ['--body-file'] },
  git: { add: ['-f'] },
  node: { '': ['--import'] },
};

/** Words of the shell, whose arguments say nothing that could be wrong here. */
const SHELL = new Set(['export', 'exit', 'cat', 'curl', 'date', 'for', 'do', 'done', 'cd']);

/** Scripts with a command line of their own, and what they take. */
const SCRIPTS: Readonly<Record<string, RegExp>> = {
  demo: /^(--keep)?$/,
  bump: /^\S+ \S+( --schema \S+)?$/,
  tools: new RegExp(`^(name|${PROGRAM_NAMES.join('|')})?( …)?$`),
};

/** Our command lines, with actions that do nothing. */
function parsers(): ReadonlyMap<string, Command> {
  const silent = { out: () => undefined, err: () => undefined };
  const ours = createProgram(silent, () => undefined).commands.map((command) => [command.name(), command]);
  const all = new Map([...(ours as [string, Command][]), ['simulate', simulate]]);
  for (const command of all.values())
    command
      .action(() => undefined)
      .exitOverride()
      .configureOutput({ writeErr: () => undefined });
  return all;
}

const PARSERS = parsers();
const NPM_SCRIPTS = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;

/** All flags of our commands, as `--remove`. */
export const OUR_FLAGS: ReadonlySet<string> = new Set([
  '--help',
  ...[...PARSERS.values()]
    .flatMap((command) => [command, ...command.commands])
    .flatMap((command) => command.options.map(({ long }) => long ?? '')),
]);

/** All flags of other programs that the documentation may name. */
export const FOREIGN_FLAGS: ReadonlySet<string> = new Set(
  Object.values(FOREIGN).flatMap((commands) => Object.values(commands).flat()),
);

/** `a 'b c'` → a, b c. */
function words(command: string): readonly string[] {
  const quoted = [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)];
  return quoted.map(([word]) => word.replace(/['"]/g, ''));
}

/** What is wrong with a command line, which may be several in one: one text each, none if all of it exists. */
export function wrongWith(line: string): readonly string[] {
  const text = line.replace(/\[(-- )?([^\]]*)\]/g, '$1$2').replace(/\\\|/g, '|');
  return text
    .replace(/(^| )#( .*)?$/, '')
    .split(/\s*(?:&&|\|\||;|\|)\s*(?=(?:[^'"]|'[^']*'|"[^"]*")*$)/)
    .flatMap((command) => wrongWithOne(words(command)));
}

function wrongWithOne(all: readonly string[]): readonly string[] {
  const start = all.findIndex((word) => !/^\w+=/.test(word) && word !== 'do');
  const [program = '', ...args] = start < 0 ? [] : all.slice(start);
  if (program === '' || /^[…<]/.test(program) || SHELL.has(program)) return [];
  if (program === 'npm' && args[0] === 'run') return wrongWithScript(args.slice(1));
  if (program === 'talos-proxmox') return wrongWithVerb(args[0] ?? '', args.slice(1));
  if (program === 'npx' && args[0] === 'talos-proxmox') return wrongWithOne(args);
  const name = program === 'npx' ? `npx ${args.shift() ?? ''}` : program;
  return wrongWithForeign(name === 'tofu' ? 'terraform' : name, args);
}

function wrongWithScript(args: readonly string[]): readonly string[] {
  const [script = '', ...rest] = args.filter((arg) => arg !== '-s');
  const runs = NPM_SCRIPTS[script];
  if (script === '…') return [];
  if (runs === undefined) return [`npm run ${script}: there is no such script`];
  const given = rest[0] === '--' ? rest.slice(1) : [];
  if (rest.length > 0 && rest[0] !== '--') return [`npm run ${script} ${rest.join(' ')}: -- is missing`];
  const verb = / scripts\/cli\.ts (\S+)/.exec(runs)?.[1] ?? script;
  // A script with a command line of its own may be a command besides: `npm run tools -- --for home`.
  if (PARSERS.has(verb) && (!(script in SCRIPTS) || given[0]?.startsWith('--')))
    return wrongWithVerb(verb, given);
  const known = SCRIPTS[script] ?? /^$/;
  return known.test(given.join(' ')) ? [] : [`npm run ${script} takes no ${given.join(' ')}`];
}

/** Lets the real command line read the arguments. */
function wrongWithVerb(verb: string, args: readonly string[]): readonly string[] {
  const parser = PARSERS.get(verb);
  if (verb.startsWith('-')) return [];
  if (parser === undefined) return [`there is no command ${verb}`];
  try {
    if (!args.includes('--help')) parser.parse(args, { from: 'user' });
  } catch (error) {
    return [`${verb} ${args.join(' ')}: ${error instanceof Error ? error.message : String(error)}`];
  }
  const folded = verb === 'with-secrets' ? args.slice(args[0] === '--file' ? 2 : 0) : [];
  return [...wrongWithOne(folded), ...wrongPaths(args)];
}

function wrongWithForeign(program: string, args: readonly string[]): readonly string[] {
  const commands = FOREIGN[program];
  if (commands === undefined) return [`${program}: not a program that this test knows`];
  const rest = args.filter((arg) => !arg.startsWith('-chdir='));
  const name = [rest.slice(0, 2).join(' '), rest[0] ?? '', ''].find((command) => command in commands);
  if (name === undefined) return rest.length === 0 ? [] : [`${program} ${rest[0]}: not a command of it`];
  const flags = rest.filter((arg) => /^--?[a-z]/.test(arg)).map((arg) => arg.replace(/=.*/, ''));
  const unknown = flags.filter((flag) => !commands[name]?.includes(flag));
  return [...unknown.map((flag) => `${program} ${name}: ${flag} is not a flag of it`), ...wrongPaths(rest)];
}

/** Paths into folders of this project that do not exist. */
export const wrongPaths = (texts: readonly string[]): readonly string[] =>
  texts
    .filter((text) =>
      /^\.?(?:__tests__|clusters|docs|examples|model|policies|schemas|scripts|simulators|tools)\//.test(text),
    )
    .filter((text) => !/[<*…{ ]/.test(text) && !existsSync(join(PROJECT_ROOT, text)))
    .map((path) => `${path}: there is no such file`);

/**
 * What is wrong with the `npm run …` in a message, where `x` stands for what is filled in. Each ends behind its flags and first
 * argument, where the sentence goes on; one without arguments only names its script.
 */
export const wrongInMessage = (text: string): readonly string[] =>
  [...text.matchAll(/npm run (?:-s )?([a-z]+(?:[:-][a-z]+)*)(?: -- ([^\n]*))?/g)].flatMap(
    ([, script = '', rest = '']) => {
      const verb = / scripts\/cli\.ts (\S+)/.exec(NPM_SCRIPTS[script] ?? '')?.[1] ?? script;
      const args = argumentsOf(PARSERS.get(verb), words(rest.replace(/[,;)`].*/, '')));
      if (args.length > 0) return wrongWithScript([script, '--', ...args]);
      return script === 'x' || script in NPM_SCRIPTS ? [] : [`npm run ${script}: there is no such script`];
    },
  );

/** The flags with their values and the first argument, before prose goes on. */
function argumentsOf(command: Command | undefined, all: readonly string[]): readonly string[] {
  if (command === undefined) return [];
  if (command.name() === 'with-secrets') return all;
  const taken: string[] = [];
  let room = command.registeredArguments.length > 0 ? 1 : 0;
  for (let at = 0; at < all.length; at += 1) {
    const word = all[at] ?? '';
    const option = command.options.find(({ long, short }) => word === long || word === short);
    if (!word.startsWith('-') && room === 0) break;
    if (!word.startsWith('-')) room -= 1;
    taken.push(word);
    if (option?.required === true) taken.push(all[(at += 1)] ?? '');
  }
  return taken;
}

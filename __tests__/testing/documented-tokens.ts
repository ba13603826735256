import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../tools/paths';

/** Privileges of a user by path. */
export type Acl = Readonly<Record<string, readonly string[]>>;

const PAGE = 'docs/guide/secrets-and-state.md';

/** Roles that Proxmox VE has from itself, as far as the page uses them. */
const BUILT_IN: Acl = {
  PVEDatastoreAdmin: [
    ...['Datastore.Allocate', 'Datastore.AllocateSpace', 'Datastore.AllocateTemplate', 'Datastore.Audit'],
  ],
  PVEDatastoreUser: ['Datastore.AllocateSpace', 'Datastore.Audit'],
  PVESDNUser: ['SDN.Audit', 'SDN.Use'],
};

/**
 * What the page on privileges gives to a user: its `pveum` commands, carried out.
 *
 * @param version of Proxmox VE, whose privileges the page names
 */
export function documentedAcl(user: string, version: string): Acl {
  const page = readFileSync(join(PROJECT_ROOT, PAGE), 'utf8');
  const [, before = '', after = ''] =
    /On Proxmox VE 8, write `(\S+)` instead of `(\S+)`, in all roles/.exec(page) ?? [];
  if (before === '') throw new Error(`${PAGE} does not say what differs on Proxmox VE 8`);
  // Commands of root on the server; those of people here begin with $.
  const blocks = [...page.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  const commands = [...blocks.join('').matchAll(/^# (.*)$/gm)].flatMap(([, line = '']) => commandsOf(line));
  const roles = new Map(Object.entries(BUILT_IN));
  const acl: Record<string, readonly string[]> = {};
  for (const command of commands) {
    const [, name, privileges = ''] = /^pveum role add (\S+) -privs "([^"]+)"$/.exec(command) ?? [];
    if (name !== undefined) {
      const text = version.startsWith('8.') ? privileges.replace(after, before) : privileges;
      roles.set(name, text.split(' '));
      continue;
    }
    const [, path, who, role = ''] = /^pveum aclmod (\S+) -user (\S+) -role (\S+)$/.exec(command) ?? [];
    if (path !== undefined && who === user) {
      const given = roles.get(role);
      if (!given) throw new Error(`${PAGE} gives ${user} the role ${role}, which it does not add`);
      acl[path] = given;
    } else if (path === undefined && !/^pveum user (add \S+|token add \S+ \S+ --privsep=0)$/.test(command)) {
      throw new Error(`${PAGE} has a command that this test does not know: ${command}`);
    }
  }
  if (Object.keys(acl).length === 0) throw new Error(`${PAGE} gives ${user} nothing`);
  return acl;
}

/** The commands of a line: those that `&&` joins, and those of a loop, one by one. */
function commandsOf(line: string): string[] {
  const [, variable = '', values = '', body = ''] = /^for (\w+) in ([^;]+); do (.*); done$/.exec(line) ?? [];
  if (variable !== '') return values.split(' ').map((value) => body.replaceAll(`$${variable}`, value));
  return line.split(' && ');
}

/** The same rights on other paths: those of a definition instead of the ones that the page shows. */
export function onPaths(acl: Acl, paths: Readonly<Record<string, readonly string[]>>): Acl {
  return Object.fromEntries(
    Object.entries(acl).flatMap(([path, privileges]) =>
      (paths[path] ?? [path]).map((own) => [own, privileges] as const),
    ),
  );
}

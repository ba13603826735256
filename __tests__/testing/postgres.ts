import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../scripts/lib/platform/exec';

/** A PostgreSQL server of this test alone, on a socket in a folder of its own: no port, no network. */
export interface Postgres {
  /** For PG_CONN_STR. */
  readonly connection: string;
  /** Number of locks that somebody holds on a state. */
  locks(): Promise<number>;
  /** Names of the schemas with a state, sorted. */
  schemas(): Promise<string[]>;
  stop(): Promise<void>;
}

const DEBIAN = '/usr/lib/postgresql';

/** Folder with `initdb` and `pg_ctl`: the newest of the system, or the first on the PATH. */
function programs(): string | undefined {
  const installed = existsSync(DEBIAN)
    ? readdirSync(DEBIAN)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => join(DEBIAN, version, 'bin'))
    : [];
  const onPath = (process.env['PATH'] ?? '').split(':').filter(Boolean);
  return [...installed, ...onPath].find((dir) =>
    ['initdb', 'pg_ctl', 'psql'].every((name) => existsSync(join(dir, name))),
  );
}

/**
 * `describe` where PostgreSQL is installed; else a skipped one that says so.
 * @throws Error with `CI=true`: there it must be installed
 */
export function postgresOr(describeIt: jest.Describe): jest.Describe {
  if (programs() !== undefined) return describeIt;
  const how = 'PostgreSQL is not installed (initdb, pg_ctl, psql): apt install postgresql';
  if (process.env['CI'] === 'true') throw new Error(how);
  process.stderr.write(`\nSKIPPED: the pg backend is not tested. ${how}\n`);
  return describe.skip;
}

/** The user that the server runs as: PostgreSQL refuses root. */
async function serverUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, name])));
    if (uid?.code === 0 && gid?.code === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody');
}

export async function startPostgres(): Promise<Postgres> {
  const bin = programs() ?? '';
  // A short path: that of a socket has 107 characters at most.
  const dir = mkdtempSync(join(tmpdir(), 'pg-'));
  const user = await serverUser();
  if (user) chownSync(dir, user.uid, user.gid);
  const must = async (name: string, ...args: readonly string[]): Promise<string> => {
    const asUser = user
      ? ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', join(bin, name)]
      : [join(bin, name)];
    const { code, stdout, stderr } = await run(asUser[0] ?? '', [...asUser.slice(1), ...args], { cwd: dir });
    if (code !== 0) throw new Error(`${name}: ${stdout}${stderr}`);
    return stdout;
  };
  const data = join(dir, 'data');
  await must('initdb', '-D', data, '-U', 'terraform', '-A', 'trust', '-N', '--no-locale', '-E', 'UTF8');
  const settings = `-c listen_addresses= -c unix_socket_directories=${dir} -c fsync=off`;
  await must('pg_ctl', '-D', data, '-l', join(dir, 'log'), '-o', settings, '-w', 'start');
  const psql = (sql: string) => must('psql', '-h', dir, '-U', 'terraform', '-d', 'postgres', '-Atc', sql);
  return {
    connection: `postgres:///postgres?host=${dir}&user=terraform&sslmode=disable`,
    locks: async () => Number(await psql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")),
    schemas: async () =>
      (await psql("SELECT table_schema FROM information_schema.tables WHERE table_name = 'states'"))
        .split('\n')
        .filter(Boolean)
        .sort(),
    stop: async () => {
      await must('pg_ctl', '-D', data, '-m', 'immediate', '-w', 'stop');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

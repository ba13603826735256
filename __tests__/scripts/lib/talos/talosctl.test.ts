import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkVersion, createTalosctl, type CallOptions } from '../../../../scripts/lib/talos/talosctl';
import { temporaryFolder } from '../../../testing/terraform';

/** talosctl as a shell script. */
function script(body: string): string {
  const path = join(temporaryFolder(), 'talosctl');
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

const env = (talosctl: string) => ({ PATH: process.env['PATH'], TALOSCTL: talosctl });

const call = (talosctl: string, options: CallOptions = {}, timeoutMs = 10_000) =>
  createTalosctl({ env: env(talosctl), timeoutMs }).call(['version', '-n', '10.0.0.1'], options);

const failing = (stderr: string): string => script(`cat >&2 <<'END'\n${stderr}\nEND\nexit 1`);

const UNAVAILABLE = 'rpc error: code = Unavailable desc = connection error: desc = "transport:';

const SET_CLOCK =
  'compare date -u here and on its Proxmox server, set the one that is wrong (timedatectl set-ntp true), and restart its VM';

// Texts of talosctl 1.12.0 and 1.13.9, as they printed them.
describe('a failure of talosctl is told in our words', () => {
  it.each<[string, string, string, string, boolean]>([
    [
      'a closed port',
      `${UNAVAILABLE} Error while dialing: dial tcp 127.0.0.9:50000: connect: connection refused"`,
      'talos-unreachable',
      'does not answer at port 50000; check that the VM runs, its address, and the network between here and it',
      true,
    ],
    [
      'another cluster, or maintenance mode',
      `${UNAVAILABLE} authentication handshake failed: tls: failed to verify certificate: x509: certificate signed by unknown authority"`,
      'talos-other-ca',
      'presents a certificate that the secrets of this cluster have not signed',
      false,
    ],
    [
      'a node that is configured',
      `${UNAVAILABLE} authentication handshake failed: remote error: tls: certificate required"`,
      'talos-needs-certificate',
      'is configured already, and talks only to whoever has a certificate of its cluster',
      false,
    ],
    [
      'a clock that is wrong',
      `${UNAVAILABLE} authentication handshake failed: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2020-01-01T00:00:00Z is before 2026-11-28T14:55:10Z"`,
      'talos-clock',
      `has a certificate that is valid from 2026-11-28T14:55:10Z on, and here it is 2020-01-01T00:00:00Z: its clock is 60566h55m10s ahead or more, or that of this computer behind; ${SET_CLOCK}`,
      false,
    ],
    [
      'a clock that is behind',
      `${UNAVAILABLE} authentication handshake failed: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-28T14:55:10Z is after 2026-11-28T12:25:10Z"`,
      'talos-clock',
      `has a certificate that was valid until 2026-11-28T12:25:10Z, and here it is 2026-11-28T14:55:10Z: its clock is 2h30m behind or more, or that of this computer ahead; ${SET_CLOCK}`,
      false,
    ],
    [
      'a clock, without a time',
      'x509: certificate has expired or is not yet valid',
      'talos-clock',
      `has a certificate that is not valid now; ${SET_CLOCK}`,
      false,
    ],
    [
      'a node for which our certificate is of the future',
      `${UNAVAILABLE} authentication handshake failed: remote error: tls: expired certificate"`,
      'talos-clock',
      `takes a certificate that was made just now for one that is not valid: its clock is behind, or that of this computer ahead; ${SET_CLOCK}`,
      false,
    ],
    [
      'something else that listens',
      `${UNAVAILABLE} authentication handshake failed: credentials: cannot check peer: missing selected ALPN property."`,
      'talos-no-tls',
      'something answers at port 50000 that is no Talos',
      false,
    ],
    [
      'a second bootstrap',
      'error executing bootstrap: rpc error: code = AlreadyExists desc = etcd data directory is not empty',
      'talos-already',
      'this was done before',
      false,
    ],
    [
      'maintenance mode',
      'rpc error: code = Unimplemented desc = API is not implemented in maintenance mode',
      'talos-maintenance',
      'is in maintenance mode, and does not answer that there',
      false,
    ],
    [
      'a configuration that is refused',
      'error applying new configuration: rpc error: code = InvalidArgument desc = configuration validation failed: 2 errors occurred:\n\t* a is wrong\n\t* b is wrong\n',
      'talos-refused',
      'refuses it: configuration validation failed: 2 errors occurred:; a is wrong; b is wrong',
      false,
    ],
    [
      'a change that needs a reboot, without the configuration',
      "rpc error: code = InvalidArgument desc = this config change can't be applied in immediate mode\ndiff:\n--- a\n+++ b\n+  token: hunter2\n",
      'talos-refused',
      "refuses it: this config change can't be applied in immediate mode",
      false,
    ],
    [
      'a node that takes too long',
      'rpc error: code = DeadlineExceeded desc = context deadline exceeded',
      'talos-timeout',
      'does not answer in time; check that the VM runs, its address, and the network',
      true,
    ],
    [
      'anything else, without power over the terminal and without what looks like a secret',
      `first line\nsome \u001b[31mfailure ${'k'.repeat(80)}`,
      'talos-failed',
      'talosctl failed: some \\u001b[31mfailure (redacted)',
      false,
    ],
  ])('%s', async (_, stderr, rule, message, transient) => {
    expect(await call(failing(stderr))).toEqual({ problem: { rule, message, transient } });
  });

  it.each([
    ['a call', {}],
    ['a call with input', { input: 'x' }],
  ])('a program that is not there: %s', async (_, options) => {
    const none = join(temporaryFolder(), 'none');
    expect(await call(none, options)).toMatchObject({ problem: { rule: 'talos-talosctl' } });
  });
});

it('gives input as a pipe that the program can open, and hands on how it ended', async () => {
  const echo = script('cat /dev/stdin; [ -p /dev/stdin ] && echo " by a pipe"');
  expect(await call(echo, { input: 'secret' })).toEqual({ text: 'secret by a pipe\n', said: '' });
  expect(await call(script('cat >/dev/null; echo why >&2; exit 3'), { input: 'x' })).toMatchObject({
    problem: { message: 'talosctl failed: why' },
  });
});

it('knows no configuration of its user', async () => {
  process.env['TALOSCONFIG'] = '/home/me/.talos/config';
  const seen = await call(script('echo "$TALOSCONFIG"'));
  delete process.env['TALOSCONFIG'];
  expect(seen).toEqual({ text: '/dev/null\n', said: '' });
});

it('ends what takes too long, with all that it has started', async () => {
  const mark = join(temporaryFolder(), 'mark');
  const slow = script(`(sleep 1; touch ${mark}) & wait`);
  expect(await call(slow, { input: 'x' }, 200)).toMatchObject({
    problem: { rule: 'talos-timeout', transient: true },
  });
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect(existsSync(mark)).toBe(false);
});

describe('checkVersion', () => {
  const check = (printed: string, wanted: string) =>
    checkVersion(createTalosctl({ env: env(script(`printf '${printed}'`)) }), wanted);

  it.each([
    ['v1.12.0', 'v1.12.3'],
    ['v1.13.9', 'v1.11.5'],
  ])('takes %s for Talos %s', async (own, wanted) => {
    expect(await check(`Client:\\nTalos ${own}\\n`, wanted)).toEqual({ version: own });
  });

  it('refuses one that is older, or does not say', async () => {
    expect(await check('Client:\\nTalos v1.11.9\\n', 'v1.12.0')).toMatchObject({
      problem: {
        message:
          'talosctl is v1.11.9, and older than Talos v1.12.0 of the cluster; install talosctl v1.12.0, or name it in TALOSCTL',
      },
    });
    expect(await check('hello', 'v1.12.0')).toMatchObject({ problem: { rule: 'talos-version' } });
  });
});

import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createOmnictl } from '../../../../scripts/lib/omni/omnictl';
import { temporaryFolder } from '../../../testing/terraform';

const KEY = Buffer.from(JSON.stringify({ name: 'x', pgp_key: 'p'.repeat(80) })).toString('base64');

/** omnictl as a shell script. */
function script(body: string): string {
  const path = join(temporaryFolder(), 'omnictl');
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

const failing = (stderr: string): string => script(`echo '${stderr}' >&2; exit 1`);

async function call(omnictl: string, env: NodeJS.ProcessEnv = {}, timeoutMs = 10_000) {
  const warnings: string[] = [];
  const client = createOmnictl({
    env: {
      PATH: process.env['PATH'],
      OMNI_ENDPOINT: 'https://omni.example.com',
      OMNI_SERVICE_ACCOUNT_KEY: KEY,
      OMNICTL: omnictl,
      ...env,
    },
    timeoutMs,
    onWarning: (text) => warnings.push(text),
  });
  const answer = await client.call(['get', 'machinestatus']);
  await client.call(['get', 'machinestatus']);
  return { answer, warnings };
}

// Texts of omnictl v1.9.3, as it printed them.
const DIAL =
  'Error: rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp';

describe('a failure of omnictl is told in our words', () => {
  it.each<[string, string, NodeJS.ProcessEnv, string, string, boolean]>([
    [
      'no endpoint',
      `${DIAL} 127.0.0.1:8080: connect: connection refused"`,
      { OMNI_ENDPOINT: '' },
      'omni-no-endpoint',
      'no Omni is named; set OMNI_ENDPOINT (https://omni.example.com) and OMNI_SERVICE_ACCOUNT_KEY',
      false,
    ],
    [
      'an endpoint that is none',
      'Error: rpc error: code = Unavailable desc = delegating_resolver: invalid target address "": missing address',
      { OMNI_ENDPOINT: 'omni' },
      'omni-endpoint',
      'OMNI_ENDPOINT is not an address; write it as https://omni.example.com',
      false,
    ],
    [
      'a closed port',
      `${DIAL} 10.0.0.9:443: connect: connection refused"`,
      {},
      'omni-unreachable',
      'Omni at https://omni.example.com does not answer; check OMNI_ENDPOINT, the network, and that Omni runs',
      true,
    ],
    [
      'an unknown name',
      'Error: rpc error: code = Unavailable desc = name resolver error: produced zero addresses',
      {},
      'omni-unreachable',
      'the name in https://omni.example.com is not known; check OMNI_ENDPOINT and DNS',
      true,
    ],
    [
      'no TLS',
      'Error: rpc error: code = Unavailable desc = connection error: desc = "transport: authentication handshake failed: tls: first record does not look like a TLS handshake"',
      {},
      'omni-unreachable',
      'no TLS connection to Omni at https://omni.example.com; check the address and that its certificate is trusted (SSL_CERT_FILE)',
      false,
    ],
    [
      'a garbled key',
      'Error: illegal base64 data at input byte 0',
      {},
      'omni-key',
      'the service account key cannot be read; set OMNI_SERVICE_ACCOUNT_KEY to what `omnictl serviceaccount create` printed, in one line',
      false,
    ],
    [
      'a key of another kind',
      'Error: gopenpgp: error in reading key ring: openpgp: invalid data: tag byte does not have MSB set',
      {},
      'omni-key',
      'the service account key cannot be read; set OMNI_SERVICE_ACCOUNT_KEY to what `omnictl serviceaccount create` printed, in one line',
      false,
    ],
    [
      'a wrong key or clock',
      'Error: rpc error: code = Unauthenticated desc = invalid signature',
      {},
      'omni-key',
      'Omni at https://omni.example.com refuses the service account key; it is of another Omni, revoked or expired, or the clock of this machine is off by more than 5 minutes (compare date -u)',
      false,
    ],
    [
      'another API',
      'Error: client API version mismatch: backend API version 3, client API version 2',
      {},
      'omni-version',
      'Omni has API version 3 and omnictl has 2; install the omnictl of your Omni (in its web interface: Download omnictl)',
      false,
    ],
    [
      'a role',
      'Error: rpc error: code = PermissionDenied desc = unauthorized: access denied: insufficient role: "None"',
      {},
      'omni-role',
      'the service account has role None, which is not enough for this',
      false,
    ],
    [
      'anything else, without the key',
      `Error: cannot use ${KEY}`,
      {},
      'omni-failed',
      'omnictl failed: Error: cannot use (key)',
      false,
    ],
    [
      'anything else, without what looks like a key',
      `Error: cannot use ${'k'.repeat(64)}`,
      {},
      'omni-failed',
      'omnictl failed: Error: cannot use (redacted)',
      false,
    ],
  ])('%s', async (_, stderr, env, rule, message, transient) => {
    expect((await call(failing(stderr), env)).answer).toEqual({ problem: { rule, message, transient } });
  });

  it('no omnictl', async () => {
    expect((await call('/nowhere/omnictl')).answer).toEqual({
      problem: {
        rule: 'omni-omnictl',
        message:
          '/nowhere/omnictl is not installed; download it from your Omni (in its web interface: Download omnictl) and put it on the PATH, or name it in OMNICTL',
        transient: false,
      },
    });
  });

  it('no answer in time', async () => {
    expect((await call(script('exec sleep 20'), {}, 200)).answer).toEqual({
      problem: {
        rule: 'omni-timeout',
        message:
          'Omni at https://omni.example.com did not answer in time; check the network, and that Omni runs',
        transient: true,
      },
    });
  });
});

describe('omnictl', () => {
  it('tells a warning once and goes on', async () => {
    const warning = 'omnictl version "1.9.3" differs from the backend version "1.10.4".';
    expect(await call(script(`echo '[WARN] ${warning}' >&2; echo out`))).toEqual({
      answer: { text: 'out\n' },
      warnings: [warning],
    });
  });

  const show = script('echo "${SIDERO_SERVICE_ACCOUNT_KEY-unset}"');

  it.each<[string, NodeJS.ProcessEnv, string, string[]]>([
    ['empty, is not passed on', { SIDERO_SERVICE_ACCOUNT_KEY: '' }, 'unset\n', []],
    [
      'alone, is used',
      { SIDERO_SERVICE_ACCOUNT_KEY: 'old', OMNI_SERVICE_ACCOUNT_KEY: undefined },
      'old\n',
      [],
    ],
    [
      'beside the newer one, is left out loudly',
      { SIDERO_SERVICE_ACCOUNT_KEY: 'old' },
      'unset\n',
      ['SIDERO_SERVICE_ACCOUNT_KEY is set too and is left out: OMNI_SERVICE_ACCOUNT_KEY is used'],
    ],
  ])('the older key variable, %s', async (_, env, text, warnings) => {
    expect(await call(show, env)).toEqual({ answer: { text }, warnings });
  });
});

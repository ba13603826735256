import type { RunResult } from '../platform/exec';
import { lastLine, redact } from '../platform/redact';

/** Why a call of omnictl failed, for a person. It holds no key. */
export interface OmniProblem {
  readonly rule: `omni-${string}`;
  /** What is wrong, and what to do. */
  readonly message: string;
  /** Another try may help: Omni did not answer. */
  readonly transient: boolean;
}

interface Cause {
  readonly rule: OmniProblem['rule'];
  readonly pattern: RegExp;
  readonly message: (match: RegExpExecArray, endpoint: string) => string;
  readonly transient?: boolean;
}

/** The first that fits is told. */
const CAUSES: readonly Cause[] = [
  {
    rule: 'omni-version',
    pattern: /backend API version (\d+), client API version (\d+)/,
    message: ([, backend, client]) =>
      `Omni has API version ${backend ?? ''} and omnictl has ${client ?? ''}; install the omnictl of your Omni (in its web interface: Download omnictl)`,
  },
  {
    rule: 'omni-key',
    pattern: /illegal base64|invalid character|unexpected end of JSON|gopenpgp|openpgp:/,
    message: () =>
      'the service account key cannot be read; set OMNI_SERVICE_ACCOUNT_KEY to what `omnictl serviceaccount create` printed, in one line',
  },
  {
    rule: 'omni-key',
    pattern: /Unauthenticated|invalid signature/,
    message: (_, endpoint) =>
      `Omni at ${endpoint} refuses the service account key; it is of another Omni, revoked or expired, or the clock of this machine is off by more than 5 minutes (compare date -u)`,
  },
  {
    rule: 'omni-eula',
    pattern: /EULA has not been accepted/,
    message: (_, endpoint) =>
      `nobody has accepted the licence agreement (EULA) of this Omni yet, and it refuses every call until then; sign in at ${endpoint} and accept it there, or start Omni with --eula-accept-name and --eula-accept-email`,
  },
  {
    rule: 'omni-role',
    pattern: /insufficient role: "(\w+)"/,
    message: ([, role]) => `the service account has role ${role ?? ''}, which is not enough for this`,
  },
  {
    rule: 'omni-catalogue',
    pattern: /no Talos extensions catalog for version "([^"]+)"/,
    message: ([, version]) =>
      `Omni has not loaded its catalogue of extensions for Talos ${version ?? ''} yet, which takes some seconds after a start`,
    transient: true,
  },
  {
    // Omni removes by itself what belonged to a machine that leaves, at the same time as omnictl.
    rule: 'omni-removing',
    pattern: /resource (\w+)\.omni\.sidero\.dev\(default\/([^@)]+)\S* is not in phase running/,
    message: ([, type, id]) => `${type ?? ''}(${id ?? ''}) is being removed by Omni just now`,
    transient: true,
  },
  {
    rule: 'omni-refused',
    pattern: /failed to validate: \d+ errors? occurred:\n((?:\s*\* .*\n?)+)/,
    message: ([, texts = '']) =>
      `Omni refuses it: ${texts
        .trim()
        .replace(/^\* /, '')
        .replaceAll(/\s*\n\s*\* /g, '; ')}`,
  },
  {
    rule: 'omni-endpoint',
    pattern: /invalid target address ""|missing address/,
    message: () => `OMNI_ENDPOINT is not an address; write it as https://omni.example.com`,
  },
  {
    rule: 'omni-unreachable',
    pattern: /produced zero addresses|no such host/,
    message: (_, endpoint) => `the name in ${endpoint} is not known; check OMNI_ENDPOINT and DNS`,
    transient: true,
  },
  {
    rule: 'omni-unreachable',
    pattern: /x509:|tls:|handshake failed/,
    message: (_, endpoint) =>
      `no TLS connection to Omni at ${endpoint}; check the address and that its certificate is trusted (SSL_CERT_FILE)`,
  },
  {
    rule: 'omni-unreachable',
    pattern: /code = Unavailable|connection refused|DeadlineExceeded/,
    message: (_, endpoint) =>
      `Omni at ${endpoint} does not answer; check OMNI_ENDPOINT, the network, and that Omni runs`,
    transient: true,
  },
];

/** Without any settings omnictl dials an address that it wrote into its own configuration; with a key alone, none. */
const NO_ENDPOINT = /dial tcp 127\.0\.0\.1:8080|invalid target address ""/;

/** Says in our words why omnictl failed. */
export function explainOmnictl(result: RunResult, env: NodeJS.ProcessEnv): OmniProblem {
  const program = env['OMNICTL'] || 'omnictl';
  if (result.missing) {
    return {
      rule: 'omni-omnictl',
      message: `${program} is not installed; download it from your Omni (in its web interface: Download omnictl) and put it on the PATH, or name it in OMNICTL`,
      transient: false,
    };
  }
  const endpoint = env['OMNI_ENDPOINT'] ?? '';
  if (endpoint === '' && NO_ENDPOINT.test(result.stderr)) {
    const message =
      'no Omni is named; set OMNI_ENDPOINT (https://omni.example.com) and OMNI_SERVICE_ACCOUNT_KEY';
    return { rule: 'omni-no-endpoint', message, transient: false };
  }
  const address = withoutUser(endpoint) || 'the address of the omniconfig';
  if (result.timedOut) {
    const message = `Omni at ${address} did not answer in time; check the network, and that Omni runs`;
    return { rule: 'omni-timeout', message, transient: true };
  }
  for (const { rule, pattern, message, transient = false } of CAUSES) {
    const match = pattern.exec(result.stderr);
    if (match) return { rule, message: redact(message(match, address), keysOf(env)), transient };
  }
  return {
    rule: 'omni-failed',
    message: `omnictl failed: ${redact(lastLine(result.stderr), keysOf(env)) || `exit code ${result.code}`}`,
    transient: false,
  };
}

const withoutUser = (endpoint: string): string => endpoint.replace(/\/\/[^/@]*@/, '//');

const keysOf = (env: NodeJS.ProcessEnv): (string | undefined)[] => [
  env['OMNI_SERVICE_ACCOUNT_KEY'],
  env['SIDERO_SERVICE_ACCOUNT_KEY'],
];

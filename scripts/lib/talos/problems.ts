import { formatDuration } from '../platform/duration';
import type { RunResult } from '../platform/exec';
import { lastLine, redact } from '../platform/redact';
import { oneLine } from '../../../model/support/foreign';

/** Why a call of talosctl failed, for a person. It holds no secret. */
export interface TalosProblem {
  readonly rule: `talos-${string}`;
  /** What is wrong, and what to do. */
  readonly message: string;
  /** Another try may help: the node did not answer. */
  readonly transient: boolean;
}

interface Cause {
  readonly rule: TalosProblem['rule'];
  readonly pattern: RegExp;
  readonly message: (match: RegExpExecArray) => string;
  readonly transient?: boolean;
}

/** The first that fits is told. Texts of talosctl 1.12 and 1.13, and of what Talos answers. */
const CAUSES: readonly Cause[] = [
  {
    rule: 'talos-clock',
    pattern:
      /certificate has expired or is not yet valid(?:: current time (\S+) is (before|after) (\d[^"\s]*))?/,
    message: ([, here = '', side = '', bound = '']) => clockText(here, side, bound),
  },
  {
    rule: 'talos-clock',
    pattern: /tls: expired certificate/,
    message: () =>
      `takes a certificate that was made just now for one that is not valid: its clock is behind, or that of this computer ahead; ${SET_CLOCK}`,
  },
  {
    rule: 'talos-other-ca',
    pattern: /x509: certificate signed by unknown authority|x509: invalid signature/,
    message: () => 'presents a certificate that the secrets of this cluster have not signed',
  },
  {
    rule: 'talos-needs-certificate',
    pattern: /tls: certificate required|bad certificate/,
    message: () => 'is configured already, and talks only to whoever has a certificate of its cluster',
  },
  {
    rule: 'talos-address',
    pattern: /x509: (certificate is valid for [^"\n]*|cannot validate certificate for [^"\n]*)/,
    message: ([, what]) => `has a certificate for another address: ${what ?? ''}`,
  },
  {
    rule: 'talos-no-tls',
    pattern: /missing selected ALPN property|first record does not look like a TLS handshake/,
    message: () => 'something answers at port 50000 that is no Talos',
  },
  {
    rule: 'talos-already',
    pattern: /code = AlreadyExists/,
    message: () => 'this was done before',
  },
  {
    rule: 'talos-maintenance',
    pattern: /code = Unimplemented|maintenance mode/,
    message: () => 'is in maintenance mode, and does not answer that there',
  },
  {
    rule: 'talos-role',
    pattern: /code = PermissionDenied/,
    message: () =>
      'the certificate has no right to do that; it is made for os:admin unless somebody changed it',
  },
  {
    rule: 'talos-refused',
    // Without the configuration that Talos shows the difference to.
    pattern: /code = InvalidArgument desc = ([^\n]*(?:\n(?!diff:|rpc error).*)*)/,
    message: ([, text = '']) => `refuses it: ${text.trim().replaceAll(/\s*\n\s*(?:\* )?/g, '; ')}`,
  },
  {
    rule: 'talos-not-ready',
    pattern: /code = FailedPrecondition desc = ([^\n]*)/,
    message: ([, text = '']) => `is not ready for that: ${text}`,
    transient: true,
  },
  {
    rule: 'talos-cut-off',
    pattern: /broken pipe|connection reset|EOF/,
    message: () => 'ends the connection before it answers; it may be rebooting',
    transient: true,
  },
  {
    rule: 'talos-unreachable',
    pattern: /connection refused|no route to host|network is unreachable|i\/o timeout/,
    message: () =>
      'does not answer at port 50000; check that the VM runs, its address, and the network between here and it',
    transient: true,
  },
  {
    rule: 'talos-timeout',
    pattern: /DeadlineExceeded|context deadline exceeded/,
    message: () => TOO_LATE,
    transient: true,
  },
  {
    rule: 'talos-unreachable',
    pattern: /code = Unavailable/,
    message: () => TOO_LATE,
    transient: true,
  },
];

const TOO_LATE = 'does not answer in time; check that the VM runs, its address, and the network';

const SET_CLOCK =
  'compare date -u here and on its Proxmox server, set the one that is wrong (timedatectl set-ntp true), and restart its VM';

/** Whose clock is wrong cannot be known from two of them. */
function clockText(here: string, side: string, bound: string): string {
  const off = Math.abs(Date.parse(here) - Date.parse(bound));
  if (!Number.isFinite(off)) return `has a certificate that is not valid now; ${SET_CLOCK}`;
  const span = formatDuration(off);
  return side === 'before'
    ? `has a certificate that is valid from ${bound} on, and here it is ${here}: its clock is ${span} ahead or more, or that of this computer behind; ${SET_CLOCK}`
    : `has a certificate that was valid until ${bound}, and here it is ${here}: its clock is ${span} behind or more, or that of this computer ahead; ${SET_CLOCK}`;
}

/** @param program what was called */
export function explainTalosctl(result: RunResult, program: string): TalosProblem {
  if (result.missing) {
    return {
      rule: 'talos-talosctl',
      message: `${program} is not installed; install it from https://github.com/siderolabs/talos/releases and put it on the PATH, or name it in TALOSCTL`,
      transient: false,
    };
  }
  if (result.timedOut) {
    return { rule: 'talos-timeout', message: TOO_LATE, transient: true };
  }
  for (const { rule, pattern, message, transient = false } of CAUSES) {
    const match = pattern.exec(result.stderr);
    if (match) return { rule, message: harmless(message(match)), transient };
  }
  const why = harmless(lastLine(result.stderr)) || `exit code ${result.code}`;
  return { rule: 'talos-failed', message: `talosctl failed: ${why}`, transient: false };
}

const harmless = (text: string): string => redact(oneLine(text)).slice(0, MOST);

/** Longer than any sentence of Talos; a whole configuration in an error is not for a terminal. */
const MOST = 1000;

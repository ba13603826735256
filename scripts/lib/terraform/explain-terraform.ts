import { some } from '../../../model/support/text';
import { terraformBinary } from './terraform';
import type { ToolMessage } from './tool-messages';

/** What an error is about, for the commands that help. */
export interface ErrorPlace {
  /** Name of the cluster, or of its stack. */
  readonly cluster: string;
  /** Folder of the stack. */
  readonly dir: string;
}

interface Cause {
  readonly pattern: RegExp;
  readonly words: (match: RegExpExecArray, place: ErrorPlace, message: ToolMessage) => string;
}

const chdir = ({ dir }: ErrorPlace): string => `${terraformBinary()} -chdir=${dir}`;
const doctor = ({ cluster }: ErrorPlace): string => `npm run doctor -- ${cluster}`;

/** The first that fits is told. Patterns are of Terraform and OpenTofu, of the provider, and of what Proxmox VE answers. */
const CAUSES: readonly Cause[] = [
  {
    pattern: /Initial configuration of the requested backend/,
    words: (_, place) => `the stack is not initialised; run ${chdir(place)} init`,
  },
  {
    pattern: /No valid credential sources found|could not find default credentials|InvalidAccessKeyId/i,
    words: () =>
      'the backend is given no credentials that it takes; its page in docs/guide/backends says which variables it reads',
  },
  {
    pattern: /HTTP 595 response(?: - Reason: ([^\n]*))?/,
    words: ([, reason = ''], place, { detail = '' }) =>
      `a node does not answer the Proxmox VE server that asks it for us (595${reason === '' ? '' : `: ${reason.trim()}`})${nodeOf(detail)}; is it on? ${doctor(place)} looks at all of them`,
  },
  {
    pattern: /No value for required variable[\s\S]*variable "([^"]+)"/,
    words: ([, name = '']) =>
      `TF_VAR_${name} is not set; export it (npm run validate says what each variable is for)`,
  },
  {
    pattern: /Invalid value for variable: ([^\n]+)/,
    words: ([, why = ''], _, { snippet }) => {
      const name = /"(\w+)": \{/.exec(snippet?.code ?? '')?.[1] ?? '…';
      return `TF_VAR_${name} is not right: ${why.replace(/^Expected/, 'expected').replace(/\.$/, '')}; export it again`;
    },
  },
  {
    pattern: /HTTP 401 response(?: - Reason: ([^\n]*))?/,
    words: ([, reason = ''], place) =>
      `Proxmox VE refuses an API token (401${reason === '' ? '' : `: ${reason.trim()}`}); ${doctor(place)} says of which server, and whether it is expired, wrong or gone; then make a new one on that server and export its TF_VAR_proxmox_<server>_api_token`,
  },
  {
    pattern: /HTTP 403 response(?: - Reason: ([^\n]*))?|Permission check failed \(([^)]+)\)/,
    words: ([, reason = '', check = ''], place) =>
      `a token may not do that (403: ${(reason || check).trim()}); ${doctor(place)} lists the privileges that are missing, and docs/guide/first-cluster.md has the role with all of them`,
  },
  {
    pattern: /x509: ([^\n]*)|tls: failed to verify certificate/,
    words: ([, why = ''], place) =>
      `the certificate of a Proxmox VE server is not trusted${why === '' ? '' : ` (${why.trim()})`}; ${doctor(place)} says which and why; make its CA known through SSL_CERT_FILE`,
  },
  {
    pattern:
      /(?:state lock|state blob|locked)[\s\S]*ID:\s+(\S+)[\s\S]*?Operation:\s+(\S+)[\s\S]*?Who:\s+(\S+)[\s\S]*?Created:\s+(\S+ \S+)/i,
    words: ([, id = '', operation = '', who = '', created = ''], place) =>
      `the state is locked by ${who} since ${created.replace(/\.\d+$/, '')} (${operation.replace('OperationType', '').toLowerCase()}); wait until that is done. If nobody is at work any more: ${chdir(place)} force-unlock ${id}`,
  },
  {
    pattern: /Error acquiring the state lock|Error locking state/,
    words: (_, place) =>
      `the state is locked by another run; wait until that is done, and see docs/guide/backends/README.md for one that was killed: ${chdir(place)} force-unlock <ID>`,
  },
  {
    pattern: /Provider configuration not present[\s\S]*?work with [\s\S]*?\]\.([\w-]+)/,
    words: ([, key = '']) =>
      `the state has resources on a server "${key}" that the definition does not have any more; if that server only has another key now, write renamed_from: ${key} at it; else put it back, until nothing in the state is on it`,
  },
  {
    pattern:
      /Backend (?:configuration changed|type changed|configuration block has changed)|Backend initialization required|migrate-state/i,
    words: (_, place) =>
      `the definition names another backend than the last run here used; to take the state along: ${chdir(place)} init -migrate-state; if it is there already: ${chdir(place)} init -reconfigure`,
  },
  {
    pattern:
      /checksum|doesn't match any of the checksums|Provider dependency changes detected|Inconsistent dependency lock file/i,
    words: () =>
      'a provider is not the one whose checksum is in terraform.lock.hcl, or that file does not know this platform; npm run lock writes it anew: look at what changes before you commit it',
  },
  {
    pattern:
      /Failed to (?:query available|install provider|resolve provider packages)|Could not retrieve the list of available versions/i,
    words: () =>
      'a provider cannot be had: the registry cannot be reached, or the mirror in TF_CLI_CONFIG_FILE does not have that version',
  },
  {
    pattern:
      /(?:dial tcp|lookup) (\S+?):? [\s\S]*?(connection refused|no such host|i\/o timeout|no route to host|server misbehaving)/i,
    words: ([, address = '', why = ''], place) =>
      `${address.replace(/:$/, '')} cannot be reached (${why}); is it on, and is the address right? ${doctor(place)} asks each Proxmox VE server; a backend has its page in docs/guide/backends`,
  },
];

const nodeOf = (text: string): string => {
  const node = /on node '([^']+)'/.exec(text)?.[1];
  return node === undefined ? '' : ` of node ${node}`;
};

/** What a tool says, on one line. */
export const rawText = ({ address, summary, detail }: ToolMessage): string =>
  [address ? `${address}: ` : '', summary, detail ? `: ${detail}` : ''].join('').replace(/\s+/g, ' ');

/**
 * Errors of Terraform, OpenTofu, the provider and backends in our words, with the command that helps; each cause once, with all
 * that it hits. What is not known here is told as it is.
 */
export function explainTerraform(messages: readonly ToolMessage[], place: ErrorPlace): string[] {
  const told = new Map<string, string[]>();
  for (const message of messages) {
    const text = message.detail ? `${message.summary}: ${message.detail}` : message.summary;
    const known = CAUSES.flatMap(({ pattern, words }) => {
      const match = pattern.exec(text);
      return match ? [words(match, place, message)] : [];
    })[0];
    const words = known ?? rawText(message);
    const hit = known !== undefined && message.address !== undefined ? [message.address] : [];
    told.set(words, [...(told.get(words) ?? []), ...hit]);
  }
  return [...told].map(([words, hit]) =>
    hit.length === 0 || words.includes(hit[0] ?? '') ? words : `${words} (met at ${some(hit, 3)})`,
  );
}

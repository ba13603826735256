import { ALLOWANCES, type Allowance } from './allowances';

/** What a guard of the synthesized JSON says of itself, for programs: the rule, whom it is about, and what lets it pass. */
export interface GuardMark {
  readonly rule: string;
  /** Name of a node of the definition, of one of Proxmox, or of an image file. */
  readonly subject: string;
  readonly allow?: Allowance;
}

/** Rules of the guards that a person can let pass. They look at the servers. */
const RULES: Readonly<Record<Allowance, string>> = {
  adopt: 'live-identity-taken',
  disks: 'live-disk-unmanaged',
  offline: 'live-server-access',
  remove: 'node-removed',
  replace: 'identity-changed',
};

/** The mark of a guard that a person can let pass. */
export const allowedMark = (allow: Allowance, subject: string): GuardMark => ({
  rule: RULES[allow],
  subject,
  allow,
});

/**
 * What a guard says: for people, what happened and what to do; then its mark, `[live-identity-taken adopt:w-1]`; then how to let it
 * pass, of which reviews have their own words. All but the rule may be interpolations of Terraform.
 *
 * @param text    ends with a full stop
 * @param purpose what letting it pass is for, e.g. `To take it over knowingly`
 */
export function guardMessage(text: string, { rule, subject, allow }: GuardMark, purpose?: string): string {
  const what = allow === undefined ? subject : `${allow}:${subject}`;
  const wayOut = purpose === undefined ? '' : ` ${purpose}: -var 'allow=["${what}"]'`;
  return `${text} [${rule} ${what}]${wayOut}`;
}

const MARK = new RegExp(
  `^(?<text>.*) \\[(?<rule>[a-z-]+) (?:(?<allow>${ALLOWANCES.join('|')}):)?(?<subject>[^\\]\\s]+)\\](?= |$)`,
  's',
);

/** Reads what `guardMessage()` wrote, by its last mark: names of foreign VMs stand before it. Absent for any other text. */
export function readGuardMessage(
  message: string,
): { readonly text: string; readonly mark: GuardMark } | undefined {
  const { text, rule, allow, subject } = MARK.exec(message)?.groups ?? {};
  if (text === undefined || rule === undefined || subject === undefined) return undefined;
  const known = ALLOWANCES.find((word) => word === allow);
  return { text, mark: { rule, subject, ...(known === undefined ? {} : { allow: known }) } };
}

import { raise, type OpenFinding } from './node-findings';
import type { Allowance } from '../terraform/allowances';
import { readGuardMessage } from '../terraform/guard-messages';

/** Findings that say the same as a refusal, by the word that lets it pass. */
const SAME: Readonly<Partial<Record<Allowance, readonly string[]>>> = {
  replace: ['identity-changed', 'node-replaced'],
  remove: ['node-removed'],
  disks: ['disk-removed', 'disk-shrunk'],
  adopt: ['vmid-unique'],
};

/**
 * What the guards in the JSON refuse, as findings: they ask the servers, and so know of foreign VMs and disks that no plan
 * shows. What a finding says already is left out.
 */
export function refused(texts: readonly string[], raised: readonly OpenFinding[]): OpenFinding[] {
  const has = (subject: string, rules: readonly string[]): boolean =>
    raised.some((found) => found.subject === subject && rules.includes(found.rule));
  return texts.flatMap((text): OpenFinding[] => {
    const read = readGuardMessage(text);
    if (read) {
      const { rule, subject, allow } = read.mark;
      if (allow === undefined) return [raise('blocked', rule, subject, read.text)];
      if (has(subject, SAME[allow] ?? [])) return [];
      return [raise('blocked', rule, subject, read.text.replace(/[.]$/, ''), `${allow}:${subject}`)];
    }
    // Terraform: "Resource x has lifecycle.prevent_destroy set"; OpenTofu: "Resource instance x has prevent_destroy set".
    const address = /Resource (?:instance )?(\S+) has (?:lifecycle\.)?prevent_destroy/.exec(text)?.[1] ?? '';
    const subject = address.split('.').at(-1) ?? '';
    return has(subject, ['vm-protection']) ? [] : [raise('blocked', 'guard', subject, text)];
  });
}

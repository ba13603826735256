import { raise, type OpenFinding } from './node-findings';
import { own } from '../support/json';

/** Findings that say the same as a refusal, by the word that lets it pass. */
const SAME: Readonly<Record<string, readonly string[]>> = {
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
    const [, word = '', name = ''] = /allow=\["(\w+):([^"]+)"\]/.exec(text) ?? [];
    if (word !== '') {
      if (has(name, own(SAME, word) ?? [])) return [];
      const message = text.replace(/\.? To [^.:]*: -var .*$/s, '');
      return [raise('blocked', own(RULES, word) ?? 'guard', name, message, `${word}:${name}`)];
    }
    const image = /^Image (\S+) on node/.exec(text)?.[1];
    if (image !== undefined) return [raise('blocked', 'image-changed', image, text)];
    // Terraform: "Resource x has lifecycle.prevent_destroy set"; OpenTofu: "Resource instance x has prevent_destroy set".
    const address = /Resource (?:instance )?(\S+) has (?:lifecycle\.)?prevent_destroy/.exec(text)?.[1] ?? '';
    const subject = address.split('.').at(-1) ?? '';
    return has(subject, ['vm-protection']) ? [] : [raise('blocked', 'guard', subject, text)];
  });
}

/** Rules that look at the servers. */
const RULES: Readonly<Record<string, string>> = {
  adopt: 'live-identity-taken',
  disks: 'live-disk-unmanaged',
  offline: 'live-server-access',
  replace: 'identity-changed',
  remove: 'node-removed',
};

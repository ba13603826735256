import { run } from '../platform/exec';
import { parseJson } from '../../../model/support/json';

/** What a file holds, or why it cannot be known, in words that repeat nothing of it. */
export type Decrypted = { readonly value: unknown; readonly json: string } | { readonly problem: string };

/** A key may have a passphrase, which is asked for on the terminal. */
const INTERACTIVE = { terminal: true };

/** Decrypts a file with the real `sops`: through a pipe, never to disk. */
export async function decryptFile(file: string): Promise<Decrypted> {
  return decrypted(file, ['decrypt', '--output-type', 'json', file], INTERACTIVE);
}

/** Decrypts what `encryptAs` has made, before it is written. */
export async function decryptText(file: string, text: string): Promise<Decrypted> {
  const types = ['--input-type', 'yaml', '--output-type', 'json'];
  return decrypted(file, ['decrypt', ...types, '--filename-override', file], { ...INTERACTIVE, input: text });
}

async function decrypted(
  file: string,
  args: readonly string[],
  options: { readonly terminal: boolean; readonly input?: string },
): Promise<Decrypted> {
  const { code, stdout, stderr, missing } = await run('sops', args, options);
  if (missing) return { problem: SOPS_MISSING };
  if (code !== 0) return { problem: `${file}: ${failure(file, stderr)}` };
  const json = parseJson(stdout);
  if ('value' in json) return { value: json.value, json: stdout };
  const help = 'is it the real sops, 3.9 or newer? See sops --version';
  return { problem: `${file}: what sops printed ${json.problem}; ${help}` };
}

/**
 * Encrypts a text for the keys that `.sops.yaml` says, through pipes.
 *
 * @param file what it is to be called: the rules go by that
 */
export async function encryptAs(
  file: string,
  text: string,
): Promise<{ readonly text: string } | { readonly problem: string }> {
  const args = ['encrypt', '--input-type', 'yaml', '--output-type', 'yaml', '--filename-override', file];
  const { code, stdout, stderr, missing } = await run('sops', args, { input: text });
  if (missing) return { problem: SOPS_MISSING };
  if (code === 0) return { text: stdout };
  if (/config file not found|no creation rules|no matching creation rules/.test(stderr)) {
    const rule = `creation_rules: [{path_regex: '\\.sops\\.yaml$', age: <public keys of the team>}]`;
    return {
      problem: `${file}: nobody has said for which keys; write .sops.yaml with ${rule} (age-keygen prints a public key)`,
    };
  }
  return { problem: `${file}: sops cannot encrypt it; check .sops.yaml, and try sops edit ${file}` };
}

const SOPS_MISSING =
  'sops is not on the PATH; install SOPS 3.9 or newer, https://github.com/getsops/sops/releases';

/** In our own words: what sops says of a broken file may show a part of it. */
function failure(file: string, stderr: string): string {
  if (stderr.includes('sops metadata not found'))
    return `not encrypted; run sops encrypt --in-place ${file}, and rotate what was ever committed`;
  if (/failed to load age identities/.test(stderr))
    return 'no age key to decrypt it; set SOPS_AGE_KEY_FILE to the file of your key, or put that at ~/.config/sops/age/keys.txt';
  if (/identity did not match|no master key was able/.test(stderr.replace(/\s+/g, ' ')))
    return 'encrypted for other keys than yours; ask a member of the team to add your public key with sops updatekeys';
  if (/authentication failed|MAC mismatch/i.test(stderr))
    return 'changed by something else than sops; take the last good version from git, and edit it with sops edit';
  return `sops cannot decrypt it; see why with sops decrypt ${file} > /dev/null`;
}

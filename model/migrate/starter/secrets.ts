/** Stands for a secret that a starter file has: that it is there must be known, what it is must not. */
const IN_THE_FILE = '(in the file)';

/** Keys whose value is a secret. */
const SECRET_KEY = /secret|password|passphrase|token$|private_key/i;

/**
 * The values without secrets: each becomes a placeholder before anything else sees it, so that no message, no output and
 * no error can show one. Empty ones are dropped.
 */
export function redact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== 'object' || value === null) return value;
  const clean: [string, unknown][] = [];
  for (const [key, item] of Object.entries(value)) {
    if (SECRET_KEY.test(key)) {
      if (item !== '' && item !== null) clean.push([key, IN_THE_FILE]);
    } else if (key === 'api_token_id' && typeof item === 'string') {
      // Some wrote the whole token, id=secret, in the place of its id.
      const [, id, secret] = /^(?:PVEAPIToken=)?([^=]*)(=[^]*)?$/.exec(item) ?? [];
      clean.push([key, id]);
      if (secret !== undefined) clean.push(['api_token_secret', IN_THE_FILE]);
    } else clean.push([key, redact(item)]);
  }
  return Object.fromEntries(clean);
}

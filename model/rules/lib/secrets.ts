import { withoutReferences } from '../../cluster/secret-references';

/** Whether an address holds `user:password@` or `token@` before the host. */
export const hasUserInfo = (url: string): boolean =>
  /^\s*(?:[a-z][a-z0-9+.-]*:)?\/\/[^\s/?#]*@/i.test(url) || /^[^\s/:@]+:[^\s/@]+@/.test(url);

/** Whether the query of an address holds a token or a signature. */
export const hasTokenQuery = (url: string): boolean =>
  /siderolink\.api|jointoken/i.test(url) ||
  /[?&;][\w.-]*(token|key|secret|password|passwd|signature|sig|credential)=[^&;#]/i.test(url);

/** Keys of Terraform backends whose value is a secret; those that end in _path or _file name a file. */
const SECRET_KEYS =
  /(^|[_-])(access_key|secret_key|secret|secret_id|token|password|passphrase|encryption_key|customer_key|authorization|http_auth|private_key|private_key_pem|client_key|client_certificate)$/i;

/** Paths of the values in a backend configuration that are secrets. */
export function* secretsIn(
  value: unknown,
  path: readonly (string | number)[],
): Generator<readonly (string | number)[]> {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) yield* secretsIn(item, [...path, i]);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) yield* secretsIn(item, [...path, key]);
  } else if (isSecret(String(path[path.length - 1]), value)) yield path;
}

export function isSecret(key: string, value: unknown): boolean {
  if (typeof value === 'number') return SECRET_KEYS.test(key);
  if (typeof value !== 'string' || value === '') return false;
  // `credentials` of gcs is the name of a file, or the file itself.
  if (key === 'credentials') return value.trimStart().startsWith('{');
  return (
    SECRET_KEYS.test(key) ||
    /:\/\/[^\s/@:]*:[^\s/@]+@/.test(value) ||
    /\b(ssl)?password\s*=\s*\S/i.test(value)
  );
}

/** Whether a shell command has a secret in plain text; one that comes from a variable or a program has not. */
export function hasInlineSecret(command: string): boolean {
  const literal = `(?:"[^"$\`]+"|'[^']+'|[^\\s"'$\`;&|<>]{3,})`;
  const patterns = [
    `(?:^|[\\s;&|("'?])\\w*(?:token|secret|password|passwd|api_?key|access_?key|account_?key)=${literal}`,
    `(?:^|[\\s"'])--?[\\w-]*(?:token|secret|password|passwd|api-?key|access-?key)[=\\s]\\s*(?!-)${literal}`,
    `authorization:\\s*(?:bearer|basic)\\s+[\\w.~+/=-]{6,}`,
    `://[^\\s/@:$"']*:[^\\s/@$"']+@`,
  ];
  return patterns.some((pattern) => new RegExp(pattern, 'i').test(command));
}

/** Whether a value of a machine configuration is a secret, by its key or by what it looks like; a reference to one is none. */
export const isConfigSecret = (key: string, value: unknown): boolean =>
  typeof value === 'string' && isClear(key, withoutReferences(value));

const isClear = (key: string, value: string): boolean =>
  value !== '' &&
  (/(?:password|passphrase|secret|token|auth_?key|api_?key|private_?key|^key|^auth)$/i.test(key) ||
    /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(value) ||
    /(?:^|[\s_.?&-])(?:\w*_)?(?:auth_?key|token|secret|password|api_?key|jointoken)=[^\s$&]/i.test(value) ||
    hasUserInfo(value));

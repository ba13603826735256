import { z } from 'zod';
import type { Path } from '../../diagnostics/source';
import { typeName } from '../../support/issue-words';
import { list, nearest } from '../../support/text';
import { tokenVariable } from '../variables';
import { formatPath } from '../../diagnostics/diagnostics';

/** Known keys that a wrong one may stand for: the nearest, or those that it is a word of (memory, memory_mb). */
export function meantKeys(key: string, known: readonly string[]): string[] {
  const near = nearest(key, known);
  if (near !== undefined) return [near];
  return known.filter((name) => `_${name}_`.includes(`_${key}_`)).slice(0, 3);
}

export function explainKey(key: string, meant: readonly string[], known: readonly string[]): string {
  const quoted = meant.map((name) => `"${name}"`).join(' or ');
  if (quoted) return `unknown key "${key}"; did you mean ${quoted}?`;
  // A node knows some forty keys.
  return `unknown key "${key}"; ${known.length > 12 ? 'remove it, or see docs/reference/definition.md' : `known here: ${list(known)}`}`;
}

/** What is wrong with a value, from what zod says of it. */
export function explainValue(
  issue: z.core.$ZodIssue,
  path: Path,
  found: unknown,
  schema: z.core.$ZodType,
): string {
  const key = String(path[path.length - 1] ?? '');
  if (issue.code === 'invalid_type') {
    if (found === undefined) return `required key "${key}" is missing; add it${example(key, schema)}`;
    if (typeof found === 'number' && /version$|^talos_contract$/.test(key))
      return fullVersion(found, key, schema);
    const what = show(found, key, SCALAR.has(issue.expected));
    return `expected ${typeName(issue.expected)}, got ${what}; ${repair(issue.expected, found, key, schema instanceof z.ZodOptional)}`;
  }
  if (issue.code === 'invalid_value') {
    const allowed = issue.values.map(String);
    if (found === undefined) return `required key "${key}" is missing; use one of ${list(allowed)}`;
    if (typeof found === 'number') {
      const quoted = allowed.find((value) => Number(value) === found);
      if (quoted !== undefined) return `expected a text, got ${found}; write '${quoted}'`;
    }
    const near = typeof found === 'string' ? nearest(found, allowed) : undefined;
    return `${show(found, key)} is not one of ${list(allowed)}; ${near ? `did you mean "${near}"?` : 'use one of them'}`;
  }
  return `${show(found, key)} is not valid (${issue.message}); see ${formatPath(path)} in docs/reference/definition.md`;
}

/** YAML reads 1.10 as the number 1.1, so that the number is no help. */
function fullVersion(found: number, key: string, schema: z.core.$ZodType): string {
  const { examples } = z.globalRegistry.get(schema) ?? {};
  const example = Array.isArray(examples) ? String(examples[0]) : 'v1.11.5';
  return `${found} is a number and no exact version; write all three parts of it, like ${key}: ${example}`;
}

const SECRET_WORD =
  /token|secret|password|passwd|passphrase|credential|(?:api|access|account|private|secret)_?key/i;

/** Whether an unknown key holds a secret, by its name or by what it looks like. The id of a token is none. */
export const holdsSecret = (key: string, value: unknown): boolean =>
  (typeof value === 'string' || typeof value === 'number') &&
  value !== '' &&
  ((SECRET_WORD.test(key) && !/^[^\s=]+@[^\s=!]+![^\s=]+$/.test(String(value))) ||
    /^\S+@\S+!\S+=[\w-]{8,}/.test(String(value)));

/** What is to be done about a secret under a key that a definition has not. */
export function explainSecret(path: Path): string {
  const [block, server] = path;
  const where =
    block === 'proxmox_servers' && typeof server === 'string'
      ? `TF_VAR_${tokenVariable(server)} to user@realm!tokenid=secret`
      : block === 'omni'
        ? 'OMNI_SERVICE_ACCOUNT_KEY in the environment'
        : 'an environment variable';
  return `a definition holds no secrets; set ${where}, remove it here and rotate it`;
}

const SCALAR = new Set(['string', 'number', 'boolean']);

function example(key: string, schema: z.core.$ZodType): string {
  const { examples } = z.globalRegistry.get(schema) ?? {};
  const first: unknown = Array.isArray(examples) ? examples[0] : undefined;
  return typeof first === 'string' || typeof first === 'number' ? `, e.g. ${key}: ${first}` : '';
}

function repair(expected: string, found: unknown, key: string, optional: boolean): string {
  if (SECRET_KEY.test(key)) return 'remove it: a definition holds no secrets';
  if (found === null) return `write ${typeName(expected)}${optional ? ', or remove the key' : ''}`;
  if (expected === 'string' && (typeof found === 'number' || typeof found === 'boolean'))
    return `write '${found}'`;
  if (expected === 'number' && typeof found === 'string' && /^\d+$/.test(found)) {
    return `write ${found} without quotes`;
  }
  if (expected === 'boolean' && typeof found === 'string' && /^(yes|no|on|off|true|false)$/i.test(found)) {
    return `write ${/^(yes|on|true)$/i.test(found)} without quotes`;
  }
  if (expected === 'array' && typeof found === 'string') {
    return found.startsWith('-') ? 'put a space after each "-"' : 'put it in [ ]';
  }
  if (expected === 'array' && Object.keys(found ?? {}).some((name) => name.startsWith('-'))) {
    return 'put a space after each "-"';
  }
  return `write ${typeName(expected)}`;
}

/** Keys whose value is never printed. */
const SECRET_KEY = /secret|password|token$/;

/** The value as the user wrote it, short, and never a secret: not one in a wrong place either. */
function show(found: unknown, key: string, scalar = true): string {
  if (SECRET_KEY.test(key)) return '(a secret)';
  if (found === null) return 'nothing';
  if (Array.isArray(found)) return 'a list';
  if (typeof found === 'object') return 'a map of keys';
  if (typeof found === 'number') return String(found);
  if (typeof found !== 'string' || found === '') return JSON.stringify(found);
  return scalar && /^[\w.:\- ]{1,24}$/.test(found) ? JSON.stringify(found) : 'a text';
}

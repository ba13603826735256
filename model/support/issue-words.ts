import type { z } from 'zod';

const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  tuple: 'a list',
  object: 'a map of keys',
  record: 'a map of keys',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** A type of zod, for people. */
export const typeName = (expected: string): string => TYPES[expected] ?? expected;

/**
 * `spec.connected must be true or false`: what is wrong with data that some program has written, without a word of its values, which
 * may be secrets.
 */
export function issueWords(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return 'it has an unknown form';
  const { path, message } = issue;
  const place = path.length === 0 ? 'it' : path.map(String).join('.');
  return `${place} ${wordsOf(issue, message)}`;
}

function wordsOf(issue: z.core.$ZodIssue, message: string): string {
  // zod tells what was found by its message alone.
  if (/received undefined$/.test(message)) return 'is missing';
  if (issue.code === 'invalid_type') return `must be ${typeName(issue.expected)}`;
  if (issue.code === 'invalid_value') return `must be ${issue.values.map(String).join(' or ')}`;
  if (issue.code === 'custom') return message;
  if (issue.code === 'unrecognized_keys') return `has unknown keys: ${issue.keys.join(', ')}`;
  return 'has an unknown form';
}

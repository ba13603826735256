import { byBytes } from '../../../model/support/text';

/**
 * JSON with sorted keys and a line break at the end: the same data is the same text. What a terminal or a log would obey is written as an
 * escape of JSON, so that printing changes nothing of it.
 */
export function stableJson(value: unknown): string {
  const text = JSON.stringify(sorted(value), null, 2);
  return `${text.replace(UNSEEN, (sign) => (sign === '##[' ? '#\\u0023[' : inJson(sign)))}\n`;
}

const UNSEEN = /##\[|[\u007f-\u009f]|[\p{Cf}\p{Zl}\p{Zp}]/gu;

const inJson = (sign: string): string =>
  [...Array(sign.length).keys()]
    .map((i) => `\\u${sign.charCodeAt(i).toString(16).padStart(4, '0')}`)
    .join('');

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => byBytes(a, b))
      .map(([key, item]) => [key, sorted(item)]),
  );
}

import { stringify } from 'yaml';
import { list } from '../../../model/support/text';
import type { Explanation, KeyExplanation, RuleExplanation } from './find';

/** What is told of one thing, for a terminal. */
export function explanationLines(one: Explanation): readonly string[] {
  if (one.kind === 'key') return keyLines(one);
  if (one.kind === 'rule') return ruleLines(one);
  return [
    `${one.name} (error)`,
    ...(one.why === undefined ? [] : facts([['Why', one.why]])),
    ...(one.help === undefined ? [] : facts([['What to do', one.help]])),
    ...facts([['Page', one.page]]),
  ];
}

function keyLines({ name, places, purpose, type, required, keys, page, ...rest }: KeyExplanation): string[] {
  const { default: preset, example, minimum, maximum, refused } = rest;
  const limits = minimum === undefined && maximum === undefined ? '' : `, ${limitWords(minimum, maximum)}`;
  return [
    `${name} (key)`,
    ...facts([
      ['Purpose', purpose],
      ['Type', `${type}${limits}${required ? ', required' : ''}`],
      ...(preset === undefined ? [] : [['Default', preset] as const]),
      ...(example === undefined || refused ? [] : [['Example', exampleText(name, example)] as const]),
      ...(keys.length === 0 ? [] : [['Keys', keys.join(', ')] as const]),
      ['Written in', list(places.map((path) => path.slice(0, -name.length - 1) || 'the definition itself'))],
      ['Page', page],
    ]),
  ];
}

function limitWords(minimum?: number, maximum?: number): string {
  if (maximum === undefined) return `from ${minimum ?? ''}`;
  return minimum === undefined ? `to ${maximum}` : `${minimum} to ${maximum}`;
}

const exampleText = (name: string, value: unknown): string =>
  stringify({ [name]: value }, { collectionStyle: 'flow', flowCollectionPadding: true, lineWidth: 0 })
    .trim()
    .replace(/^\{ | \}$/g, '');

function ruleLines({ name, purpose, wrong, says = [], right, page }: RuleExplanation): string[] {
  const block = (title: string, text: string) => [
    '',
    `  ${title}:`,
    ...text.split('\n').map((line) => `    ${line}`),
  ];
  return [
    `${name} (rule)`,
    ...facts([['What must hold', purpose]]),
    ...(wrong === undefined ? [] : block('Wrong', wrong)),
    ...says.map((text) => `    → ${text}`),
    ...(right === undefined ? [] : [...block('Right', right), '']),
    ...facts([['Page', page]]),
  ];
}

/** Titles and texts in two columns. */
function facts(rows: readonly (readonly [string, string])[]): string[] {
  const width = 16;
  return rows.map(([title, text]) => `  ${title.padEnd(width)}${text}`);
}

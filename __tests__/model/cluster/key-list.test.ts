import { readFileSync } from 'node:fs';
import { definitionKeys, definitionJsonSchema } from '../../../model/cluster/definition/key-list';

/** The names of all properties of a JSON schema. */
function propertiesOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]: [string, unknown]) => [
    ...(key === 'properties' ? Object.keys(value as object) : []),
    ...propertiesOf(value),
  ]);
}

describe('keys of a definition', () => {
  it('have an example each that has the right type, unless they have keys of their own', () => {
    const leaves = definitionKeys().filter(({ type, refused }) => !/block/.test(type) && !refused);
    expect(leaves.filter(({ example }) => example === undefined).map(({ path }) => path)).toEqual([]);
    const wrong = leaves.filter(({ type, example }) => {
      if (type.startsWith('list of')) return !Array.isArray(example);
      if (type.startsWith('map')) return typeof example !== 'object' || Array.isArray(example);
      return ['string', 'number', 'boolean'].includes(type) && typeof example !== type;
    });
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('are proposed by editors, but for those that are refused', () => {
    const schema: unknown = JSON.parse(readFileSync('schemas/cluster.schema.json', 'utf8'));
    const proposed = propertiesOf(schema);
    expect(propertiesOf(definitionJsonSchema())).toContain('api_token_secret');
    expect(proposed).not.toContain('api_token_secret');
    const refused = definitionKeys().filter((key) => key.refused);
    expect(proposed.length).toBe(definitionKeys().length - refused.length);
  });
});

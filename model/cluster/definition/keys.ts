import type { z } from 'zod';

/** What the schema says of one key besides its shape. It feeds the JSON schema, the reference page and `TalosClusterProps`. */
export interface KeyDoc {
  /** Purpose of the key in a sentence. */
  readonly purpose: string;
  /** Value in force when the key is absent, as a reader would write it. */
  readonly default?: string | number | boolean;
  /** Example value. */
  readonly example?: string | number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  /** The key is accepted so that it can be refused with a better message than "unknown key". */
  readonly refused?: boolean;
}

type Described = { description: string; default?: unknown; examples?: unknown[] };

/** zod copies this object into the JSON schema; limits live there for editors, and in `model/rules` for messages. */
function meta(doc: KeyDoc): Described {
  const { purpose, example, refused, ...rest } = doc;
  return {
    description: purpose,
    ...rest,
    ...(example === undefined ? {} : { examples: [example] }),
    ...(refused ? { deprecated: true } : {}),
  };
}

/** A key that must be there. */
export function required<T extends z.ZodType>(type: T, doc: KeyDoc): T {
  return type.meta(meta(doc));
}

/** A key that may be left out. */
export function optional<T extends z.ZodType>(type: T, doc: KeyDoc): z.ZodOptional<T> {
  return type.optional().meta(meta(doc));
}

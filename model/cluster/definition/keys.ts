import { z } from 'zod';
import type { Management } from '../management';

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
  /** How a cluster must be managed for the key to mean something; absent: however it is. Told of the outermost key only. */
  readonly management?: readonly ManagedBy[];
}

/** How a cluster is managed. */
export type ManagedBy = Management['kind'];

type Described = {
  description: string;
  default?: unknown;
  examples?: unknown[];
  management?: readonly ManagedBy[];
};

/** zod copies this object into the JSON schema; limits live there for editors, and in `model/rules` for messages. */
function meta(doc: KeyDoc): Described {
  const { purpose, example, refused, ...rest } = doc;
  return {
    description: [purpose, ...(doc.management ? [`Only with ${managementWords(doc.management)}.`] : [])].join(
      ' ',
    ),
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

/** `management omni or standalone` */
export const managementWords = (kinds: readonly ManagedBy[]): string => `management ${kinds.join(' or ')}`;

/** How a cluster must be managed for a key to mean something; `undefined` where it means something anyway. */
export const managementOf = (key: z.core.$ZodType): readonly ManagedBy[] | undefined =>
  (z.globalRegistry.get(key) as Described | undefined)?.management;

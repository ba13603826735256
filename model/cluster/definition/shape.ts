import { z } from 'zod';
import type { Path, Source } from '../../diagnostics/source';
import { diagnostic, formatPath, type Diagnostic } from '../../diagnostics/diagnostics';
import { sortDiagnostics } from '../../diagnostics/sort';
import { foreignDocument } from './foreign';
import { definitionSchema, type DefinitionDraft } from './schema';
import { copyOf, unreadableIn, type Unreadable } from './unreadable';
import { explainKey, explainSecret, explainValue, holdsSecret, meantKeys } from './shape-messages';
import { groupBy } from '../../support/group-by';
import { own } from '../../support/json';

type Json = Record<string, unknown> | unknown[];

export interface Shape {
  /** The definition without what is broken. */
  readonly draft: DefinitionDraft;
  readonly diagnostics: readonly Diagnostic[];
  /** Paths of what is broken or missing, and of what a wrong key was probably meant to be. */
  readonly broken: ReadonlySet<string>;
}

/**
 * Checks the shape of a definition: unknown keys, missing keys, wrong types. What is wrong is reported and taken out, so
 * that the rules can look at all the rest in the same run.
 */
export function checkShape(value: unknown, source: Source): Shape {
  const foreign = foreignDocument(value);
  if (foreign !== undefined || typeof value !== 'object' || value === null || Array.isArray(value)) {
    const found =
      foreign === undefined
        ? diagnostic(source, 'schema-value', [], 'a definition is a map of keys; start with cluster_name')
        : diagnostic(source, 'definition-file', [], `this is ${foreign}`);
    return {
      draft: {},
      diagnostics: [found],
      broken: new Set(['']),
    };
  }
  const unreadable = unreadableIn(value);
  const result = definitionSchema.safeParse(value);
  if (result.success && unreadable.length === 0) return { draft: value, diagnostics: [], broken: new Set() };

  const draft = copyOf(value) as Record<string, unknown>;
  const broken = new Set<string>();
  const found = problemsOf({ value, source, unreadable, issues: result.error?.issues ?? [] }, draft, broken);
  return { diagnostics: sortDiagnostics(found), draft, broken };
}

/** What is looked at. */
interface Looked {
  readonly value: object;
  readonly source: Source;
  readonly unreadable: readonly Unreadable[];
  readonly issues: readonly z.core.$ZodIssue[];
}

/** Tells what is wrong, one problem at a time, and takes it out of the draft. */
function* problemsOf(
  { value, source, unreadable, issues }: Looked,
  draft: Record<string, unknown>,
  broken: Set<string>,
): Generator<Diagnostic> {
  const breaks = (path: Path) => {
    remove(draft, path);
    broken.add(formatPath(path));
  };
  const items: Path[] = [];
  for (const { path, message } of unreadable) {
    yield diagnostic(source, 'schema-value', path, message);
    breaks(path);
    if (typeof path[path.length - 1] === 'number') items.push(path);
  }
  for (const issue of issues) {
    if (issue.code !== 'unrecognized_keys') continue;
    const path = issue.path as Path;
    for (const key of issue.keys) {
      const meant = meantKeys(key, keysAt(path));
      breaks([...path, key]);
      for (const name of meant)
        if (at(value, [...path, name]) === undefined) broken.add(formatPath([...path, name]));
      const secret = holdsSecret(key, at(value, [...path, key]));
      const rule = secret ? 'secret-literal' : 'schema-key-unknown';
      const message = secret ? explainSecret(path) : explainKey(key, meant, keysAt(path));
      yield diagnostic(source, rule, [...path, key], message, { of: 'key' });
    }
  }
  for (const issue of issues) {
    const path = issue.path as Path;
    // A missing key whose misspelling is reported already.
    if (issue.code === 'unrecognized_keys' || broken.has(formatPath(path))) continue;
    const message = explainValue(issue, path, at(value, path), schemaAt(path));
    yield diagnostic(source, 'schema-value', path, message);
    breaks(path);
    if (typeof path[path.length - 1] === 'number') items.push(path);
  }
  dropBrokenTexts(draft, items);
}

const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (v, part) =>
      typeof v === 'object' && v !== null ? own(v as Record<string, unknown>, String(part)) : undefined,
    value,
  );

function remove(value: Record<string, unknown>, path: Path): void {
  const parent = at(value, path.slice(0, -1)) as Json | null | undefined;
  const last = path[path.length - 1];
  if (parent === undefined || parent === null || last === undefined) return;
  // A broken list item leaves an empty map, so that the places of the others stay what they are in the file.
  if (Array.isArray(parent)) parent[Number(last)] = {};
  else Reflect.deleteProperty(parent, last);
}

/** In a list of texts or numbers an empty map would break the rules; each list once, however many of its items are wrong. */
function dropBrokenTexts(draft: Record<string, unknown>, items: readonly Path[]): void {
  for (const paths of groupBy(items, (path) => formatPath(path.slice(0, -1))).values()) {
    const [path = []] = paths;
    const parent = at(draft, path.slice(0, -1));
    if (!Array.isArray(parent) || unwrap(schemaAt(path)) instanceof z.ZodObject) continue;
    const dropped = new Set(paths.map((one) => Number(one[one.length - 1])));
    const kept = parent.filter((_, i) => !dropped.has(i)) as unknown[];
    parent.length = 0;
    for (const item of kept) parent.push(item);
  }
}

/** The schema of what stands at a path; optional, where the path may be left out. */
function schemaAt(path: Path): z.core.$ZodType {
  let schema: z.core.$ZodType = definitionSchema;
  for (const part of path) schema = stepInto(unwrap(schema), part) ?? schema;
  return schema;
}

/** Keys that the schema knows at a path. */
function keysAt(path: Path): string[] {
  const schema = unwrap(schemaAt(path));
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function stepInto(schema: z.core.$ZodType, part: string | number): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodObject)
    return own(schema.shape as Record<string, z.core.$ZodType>, String(part));
  if (schema instanceof z.ZodArray) return schema.element;
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return undefined;
}

const unwrap = (schema: z.core.$ZodType): z.core.$ZodType =>
  schema instanceof z.ZodOptional ? unwrap(schema.unwrap()) : schema;

import Handlebars from 'handlebars';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { fileProblem, type Diagnostic } from '../diagnostics/diagnostics';
import { issueWords } from '../support/issue-words';
import { didYouMean } from '../support/text';
import { markLines, sourceLines } from './source-lines';
import { YamlValues } from './yaml-values';

/** A rendered template: its text, and the one YAML document in it. */
export interface Rendered {
  readonly text: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** A template that cannot be read or compiled, or does not make what it should. */
export class TemplateError extends Error {
  constructor(readonly diagnostic: Diagnostic) {
    super(diagnostic.message);
  }
}

interface Source {
  readonly file: string;
  readonly text: string;
}

/** Templates by name, each compiled once. Those of the user replace ours of the same name, or what no template of ours makes. */
export class Templates {
  private readonly handlebars = Handlebars.create();
  private readonly compiled = new Map<string, HandlebarsTemplateDelegate>();
  /** Trees of texts whose values are not filled in: nodes mostly differ in values only, and parsing YAML is slow. */
  private readonly trees = new Map<string, unknown>();
  /** What the helpers meet while a template runs. */
  private values = new YamlValues();

  private constructor(private readonly sources: ReadonlyMap<string, Source>) {
    this.handlebars.registerHelper({
      yaml: (value: unknown, ...rest: unknown[]) =>
        this.values.block(given(value, rest.at(-1)), typeof rest[0] === 'number' ? rest[0] : 0),
      json: (value: unknown, options: unknown) => this.values.json(given(value, options)),
      isSet: (value: unknown) => value !== undefined && value !== null,
    });
    for (const [name, { text }] of sources) this.handlebars.registerPartial(name, text);
  }

  /**
   * @param builtIn folder of our templates; each `.hbs` file is one
   * @param overrides folder of the user's; absent or empty is fine
   * @param more names that the user's may have besides those of ours
   * @throws TemplateError for a file that replaces nothing
   */
  static load(builtIn: string, overrides: string, more: readonly string[]): Templates {
    const own = readFolder(builtIn);
    const names = [...own.keys(), ...more];
    for (const [name, source] of existsSync(overrides) ? readFolder(overrides) : []) {
      if (!names.includes(name)) {
        const message = `there is no template of this name to replace${didYouMean(name, names)}`;
        throw new TemplateError(templateProblem({ file: source.file }, message));
      }
      own.set(name, source);
    }
    return new Templates(own);
  }

  /** Whether there is a template of this name, ours or the user's. */
  has(name: string): boolean {
    return this.sources.has(name);
  }

  /**
   * Renders a template and reads the result as one YAML map.
   *
   * @param title what it is rendered for, in messages
   * @param schema shape of the result
   * @throws TemplateError with the line of the template that is to blame
   */
  render(name: string, view: object, title: string, schema?: z.ZodType): Rendered {
    const text = this.run(name, view, title);
    const rendered = { text: this.values.fillText(text), value: this.read(text) };
    const { value } = rendered;
    if (isMap(value) && (!schema || schema.safeParse(value).success)) return { ...rendered, value };
    throw this.explain(name, view, title, schema);
  }

  private run(name: string, view: object, title: string): string {
    this.values = new YamlValues();
    try {
      return this.template(name)(view, { allowProtoPropertiesByDefault: false });
    } catch (cause) {
      throw new TemplateError(this.runtimeProblem(name, title, cause));
    }
  }

  private template(name: string): HandlebarsTemplateDelegate {
    const known = this.compiled.get(name);
    if (known) return known;
    const made = this.handlebars.compile(this.source(name).text, COMPILE);
    this.compiled.set(name, made);
    return made;
  }

  private source(name: string): Source {
    const source = this.sources.get(name);
    if (!source) throw new Error(`bug: no template ${name}`);
    return source;
  }

  /** The document in a text with holes; undefined if there is none. */
  private read(text: string): unknown {
    if (!this.trees.has(text)) {
      const document = parseDocument(text, { prettyErrors: false });
      this.trees.set(text, document.errors.length > 0 ? undefined : document.toJS());
    }
    const filled = this.values.fillTree(this.trees.get(text));
    if (filled) return filled.value;
    const document = parseDocument(this.values.fillText(text), { prettyErrors: false });
    return document.errors.length > 0 ? undefined : document.toJS();
  }

  /** Renders once more, with marks, to find the line that a problem comes from. */
  private explain(name: string, view: object, title: string, schema: z.ZodType | undefined): TemplateError {
    const names = [...this.sources.keys()];
    const marking = Handlebars.create();
    marking.registerHelper(this.handlebars.helpers as never);
    for (const [i, partial] of names.entries())
      marking.registerPartial(partial, marking.compile(markLines(this.source(partial).text, i), COMPILE));
    this.values = new YamlValues();
    const index = names.indexOf(name);
    const marked = marking.compile(markLines(this.source(name).text, index), COMPILE)(view);
    const { text, lines } = sourceLines(
      this.values.fillText(marked),
      names.map((each) => this.source(each).file),
    );
    const { offset, message } = problemOf(text, schema);
    const line = lines[text.slice(0, offset).split('\n').length - 1];
    return new TemplateError(
      templateProblem(line ?? { file: this.source(name).file }, `${title}: ${message}`),
    );
  }

  private runtimeProblem(name: string, title: string, cause: unknown): Diagnostic {
    const message = cause instanceof Error ? cause.message : String(cause);
    const own = this.source(name);
    const syntax = /^Parse error on line (\d+):/.exec(message);
    if (syntax) {
      const what = message.split('\n').at(-1) ?? '';
      return templateProblem({ file: own.file, line: Number(syntax[1]) }, `not a valid template: ${what}`);
    }
    const missing = /^"(.*)" not defined in .* - (\d+):(\d+)$/s.exec(message);
    if (!missing) return templateProblem({ file: own.file }, `${title}: ${message.split('\n')[0] ?? ''}`);
    const [line, column] = [Number(missing[2]), Number(missing[3])];
    const rest = ({ text }: Source) => text.split('\n')[line - 1]?.slice(column) ?? '';
    // Handlebars does not say in which file a partial failed.
    const key = missing[1] ?? '';
    const source = [own, ...this.sources.values()].find((each) => rest(each).startsWith(key)) ?? own;
    const what =
      key === OPEN ? `${/^.*?\}\}/.exec(rest(source))?.[0] ?? ''} has no value` : `there is no "${key}" here`;
    return templateProblem({ file: source.file, line, column: column + 1 }, `${title}: ${what}`);
  }
}

const OPEN = '{{';

/** Strict templates refuse a name that does not exist, but not where it is the argument of a helper. */
function given(value: unknown, options: unknown): unknown {
  if (value !== undefined) return value;
  const { loc } = options as { readonly loc?: hbs.AST.SourceLocation };
  throw new Error(`"${OPEN}" not defined in helper - ${loc?.start.line}:${loc?.start.column}`);
}

const COMPILE: CompileOptions = {
  strict: true,
  noEscape: true,
  // A misspelt helper is an error when the template is compiled, not an empty text.
  knownHelpers: { yaml: true, json: true, isSet: true },
};

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const templateProblem = (
  place: { readonly file: string; readonly line?: number; readonly column?: number },
  message: string,
): Diagnostic => ({
  ...fileProblem(place.file, message),
  rule: 'template',
  ...(place.line === undefined ? {} : { line: place.line, column: place.column ?? 1 }),
});

/** A path as people know it: from where they are, unless it is somewhere else. */
function shortest(path: string): string {
  const fromHere = relative('', path);
  return fromHere.startsWith('..') ? path : fromHere;
}

function readFolder(folder: string): Map<string, Source> {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.hbs'))
    .sort();
  return new Map(
    files.map((file) => {
      const path = join(folder, file);
      return [file.slice(0, -'.hbs'.length), { file: shortest(path), text: readFileSync(path, 'utf8') }];
    }),
  );
}

/** The first thing wrong with a text, and where in it. */
function problemOf(text: string, schema: z.ZodType | undefined): { offset: number; message: string } {
  const document = parseDocument(text, { prettyErrors: false, lineCounter: new LineCounter() });
  const [syntax] = document.errors;
  if (syntax) return { offset: syntax.pos[0], message: `not valid YAML: ${syntax.message}` };
  const value: unknown = document.toJS();
  if (!isMap(value)) return { offset: 0, message: 'not a map of keys' };
  const issue = schema?.safeParse(value).error?.issues[0];
  if (!issue) throw new Error('bug: a template result is wrong only when nobody looks');
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]] : issue.path;
  // A missing key is told at what lacks it.
  const found = path.map((_, i) => document.getIn(path.slice(0, path.length - i), true)).find(isNode);
  return { offset: found?.range?.[0] ?? 0, message: issueWords(issue) };
}

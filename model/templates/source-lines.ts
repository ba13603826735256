import Handlebars from 'handlebars';

/** A line of a template file. */
export interface TemplateLine {
  readonly file: string;
  readonly line: number;
}

const MARK = /\uE002(\d+):(\d+)\uE003/g;

/**
 * The syntax tree of a template with a mark at the start of each of its lines. The marks come through to the rendered
 * text and tell which line of which file a line of it was made from.
 *
 * @param file number of the file in the list that `sourceLines` gets
 */
export function markLines(text: string, file: number): hbs.AST.Program {
  const program = Handlebars.parse(text);
  new LineMarker(file).accept(program);
  return program;
}

/** The text without marks, and for each of its lines (from 0) the last template line at or before it. */
export function sourceLines(
  marked: string,
  files: readonly string[],
): { readonly text: string; readonly lines: readonly (TemplateLine | undefined)[] } {
  let last: TemplateLine | undefined;
  const lines = marked.split('\n').map((line) => {
    const mark = [...line.matchAll(MARK)].at(-1);
    if (mark) last = { file: files[Number(mark[1])] ?? '', line: Number(mark[2]) };
    return last;
  });
  return { text: marked.replace(MARK, ''), lines };
}

class LineMarker extends Handlebars.Visitor {
  constructor(private readonly file: number) {
    super();
  }

  override ContentStatement(content: hbs.AST.ContentStatement): void {
    const { value, loc } = content;
    // The types call it something else; it is the text as it stands in the file.
    const original = content.original as unknown as string;
    // What Handlebars took off at the front, such as the line break after a block tag.
    const removed = original.slice(0, Math.max(0, original.indexOf(value)));
    let line = loc.start.line + (removed.split('\n').length - 1);
    const mark = () => `\uE002${this.file}:${line}\uE003`;
    const atLineStart = removed.endsWith('\n') || (removed === '' && loc.start.column === 0);
    const marked = value.replace(/\n/g, () => {
      line += 1;
      return `\n${mark()}`;
    });
    line = loc.start.line + (removed.split('\n').length - 1);
    content.value = (atLineStart ? mark() : '') + marked;
  }
}

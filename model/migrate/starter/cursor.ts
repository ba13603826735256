/** Thrown where the text is not what the scanner expects; the HCL parser then says what is wrong. */
export class Stop extends Error {
  constructor(
    readonly offset: number,
    /** Name of a block such as `network_config {`, which HCL knows and tfvars files do not. */
    readonly block?: string,
  ) {
    super('unexpected HCL');
  }
}

const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' };

/** A place in HCL text that moves forward over one lexical element at a time. */
export class Cursor {
  at = 0;

  constructor(readonly text: string) {}

  get char(): string | undefined {
    return this.text[this.at];
  }

  startsWith(part: string): boolean {
    return this.text.startsWith(part, this.at);
  }

  /** What a sticky expression (flag y) matches here. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text)?.[0];
  }

  /** Whether a sticky expression matches here, be it nothing at all. */
  sees(pattern: RegExp): boolean {
    return this.match(pattern) !== undefined;
  }

  /** Moves over what a sticky expression matches here. */
  take(pattern: RegExp): string | undefined {
    const found = this.match(pattern);
    this.at += found?.length ?? 0;
    return found;
  }

  /** Moves over white space and comments, and over line breaks where they mean nothing. */
  skipBlank(lineBreaks: boolean): void {
    const space = lineBreaks ? /\s+/y : /[^\S\n]+/y;
    while (this.take(space) || this.take(/(?:#|\/\/)[^\n]*/y) || this.take(/\/\*[^]*?\*\//y));
  }

  /** Moves over a quoted text. Returns whether it is a template, i.e. has something to be evaluated. */
  skipString(): boolean {
    let template = false;
    for (this.at++; ;) {
      const { char } = this;
      if (char === undefined || char === '\n') throw new Stop(this.at);
      if (char === '"') {
        this.at++;
        return template;
      }
      if (char === '\\') this.at += 2;
      else if (this.take(/\$\$\{|%%\{/y)) continue;
      else if (this.sees(/[$%]\{/y)) {
        template = true;
        this.at++;
        this.skipBrackets();
      } else this.at++;
    }
  }

  /** Moves over a heredoc up to the end of its last line. Returns whether it is a template. */
  skipHeredoc(): boolean {
    const marker = this.take(/<<-?[\p{L}_][\p{L}\p{N}_-]*[^\S\n]*\n/uy);
    const name = marker === undefined ? undefined : /[\p{L}_][\p{L}\p{N}_-]*/u.exec(marker)?.[0];
    if (name === undefined) throw new Stop(this.at);
    for (let body = ''; ;) {
      const line = this.take(/[^\n]*/y) ?? '';
      if (line.trim() === name) return /(?<!\$)\$\{|(?<!%)%\{/.test(body);
      if (this.char === undefined) throw new Stop(this.at);
      body += `${line}\n`;
      this.at++;
    }
  }

  /** Moves over `{…}`, `[…]` or `(…)` with everything inside. */
  skipBrackets(): void {
    const close = CLOSING[this.char ?? ''];
    for (this.at++; ;) {
      this.skipBlank(true);
      const { char } = this;
      if (char === undefined) throw new Stop(this.at);
      if (char === close) {
        this.at++;
        return;
      }
      this.skipElement();
    }
  }

  /** Moves over elements up to what a sticky expression matches. */
  skipUntil(end: RegExp, lineBreaks: boolean): void {
    for (;;) {
      this.skipBlank(lineBreaks);
      if (this.sees(end)) return;
      this.skipElement();
    }
  }

  /** Moves over one text, heredoc or bracketed group, else over one character. */
  skipElement(): void {
    const { char } = this;
    if (char === '"') this.skipString();
    else if (char !== undefined && CLOSING[char]) this.skipBrackets();
    else if (this.sees(/<<-?[\p{L}_]/uy)) this.skipHeredoc();
    else this.at++;
  }
}

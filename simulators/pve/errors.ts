/** An answer of Proxmox VE that is not 200: its message is the HTTP reason phrase, which clients print and match. */
export class PveError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** Text per parameter, for `Parameter verification failed.`. */
    readonly errors?: Readonly<Record<string, string>>,
  ) {
    super(message);
    this.name = 'PveError';
  }
}

/** What Perl's `die` becomes. */
export const failure = (message: string): PveError => new PveError(500, message);

/** 400 with a text per parameter. */
export const parameterError = (errors: Readonly<Record<string, string>>): PveError =>
  new PveError(400, 'Parameter verification failed.', errors);

export const forbidden = (path: string, privileges: string): PveError =>
  new PveError(403, `Permission check failed (${path}, ${privileges})`);

/** Text of whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What is kept of each request. Tests assert on it; secrets are left out. */
export interface AccessLog {
  /** 1, 2, … per site. */
  readonly seq: number;
  readonly site: string;
  readonly method: string;
  /** Without `/api2/json` and query, decoded. */
  readonly path: string;
  /** `/nodes/{node}/qemu/{vmid}/config`; the path itself if nothing like it exists. */
  readonly template: string;
  /** Query or form, decoded; parameters in the path too. */
  readonly parameters: Readonly<Record<string, string | readonly string[]>>;
  readonly user?: string;
  /** 0: no answer was given. */
  readonly status: number;
  /** Message of an answer that is not 200. */
  readonly reason?: string;
  readonly ms: number;
  /** What an injected fault did. */
  readonly fault?: string;
  /** What is wrong with the request by the API schema. */
  readonly violation?: Readonly<Record<string, string>>;
}

const SECRETS = new Set(['password', 'cipassword']);

/** Parameters without those that are secret. */
export const redact = (parameters: Params): AccessLog['parameters'] =>
  Object.fromEntries(
    Object.entries(parameters).map(([key, value]) => [key, SECRETS.has(key) ? '(redacted)' : value]),
  );

/** Parameters of a request: a key that was sent more than once is a list. */
export type Params = Readonly<Record<string, string | readonly string[]>>;

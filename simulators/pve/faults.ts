/** Faults that tests inject: which requests, how often, and what goes wrong. */
import type { Params } from './server/access-log';

export interface FaultSpec {
  /** @default every method */
  readonly method?: string;
  /**
   * Path without `/api2/json`. `*` stands for one part, `**` for any number; `{node}` and the like are `*`:
   * `/nodes/{node}/qemu/1000/config`.
   */
  readonly path: string;
  /** Only requests with these parameters: `{ vmid: '1100' }`. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** The first of the matching requests that it hits. @default 1 */
  readonly nth?: number;
  /** How many it hits from there on. @default 1 */
  readonly times?: number;
  /** Answers with this status; `message` is the reason phrase. */
  readonly status?: number;
  readonly message?: string;
  /** Text per parameter in the answer. */
  readonly errors?: Readonly<Record<string, string>>;
  /** Closes the connection without an answer. */
  readonly drop?: boolean;
  /** Never answers. */
  readonly hang?: boolean;
  /** Milliseconds before anything else happens. Alone: the request is only slow. */
  readonly delay?: number;
  /** The request is carried out, and only its answer is lost or replaced. */
  readonly afterwards?: boolean;
  /** The request is accepted, and its task ends with this text instead of doing its work. */
  readonly task?: string;
  /** The request is accepted, and its task runs until somebody stops it. */
  readonly endless?: boolean;
  /**
   * The server goes away without an answer and refuses connections; a number: and comes back after these
   * milliseconds. All nodes of a site share its fate.
   */
  readonly down?: true | number;
  /** The task does its work, and ends with `WARNINGS: 1` because of this text. */
  readonly warning?: string;
  /** Answers 200 with this data. */
  readonly data?: unknown;
}

/** One rule, and what has become of it. */
export class Fault {
  /** Matching requests so far. */
  seen = 0;
  /** Requests that it has hit. */
  hits = 0;
  private readonly pattern: RegExp;

  constructor(readonly spec: FaultSpec) {
    this.pattern = toPattern(spec.path);
  }

  /** Counts the request and says whether it is to be hit. */
  sees(method: string, path: string, params: Params = {}): boolean {
    const { method: wanted, parameters = {}, nth = 1, times = 1 } = this.spec;
    if ((wanted !== undefined && wanted !== method) || !this.pattern.test(path)) return false;
    if (Object.entries(parameters).some(([name, value]) => params[name] !== value)) return false;
    this.seen++;
    return this.seen >= nth && this.hits < times;
  }
}

export class Faults {
  private list: Fault[] = [];

  /** The returned fault tells how often it was hit. */
  add(spec: FaultSpec): Fault {
    const fault = new Fault(spec);
    this.list.push(fault);
    return fault;
  }

  clear(): void {
    this.list = [];
  }

  all(): readonly Fault[] {
    return [...this.list];
  }

  /** The fault that a request meets: all count it, the first one that may hits it. */
  take(method: string, path: string, params?: Params): FaultSpec | undefined {
    const [fault] = this.list.filter((candidate) => candidate.sees(method, path, params));
    if (fault) fault.hits++;
    return fault?.spec;
  }
}

function toPattern(path: string): RegExp {
  const parts = path
    .replace(/\{[a-z]+\}/g, '*')
    .split('/')
    .map((part) => {
      if (part === '**') return '.*';
      return part
        .split('*')
        .map((text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
        .join('[^/]*');
    });
  return new RegExp(`^${parts.join('/')}$`);
}

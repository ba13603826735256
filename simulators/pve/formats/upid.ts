/** Ids of tasks: `UPID:node:PID:PSTART:STARTTIME:type:id:user:`. */
export interface Upid {
  readonly node: string;
  readonly pid: number;
  readonly pstart: number;
  /** Seconds since 1970. */
  readonly starttime: number;
  readonly type: string;
  readonly id: string;
  readonly user: string;
}

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');

export function printUpid({ node, pid, pstart, starttime, type, id, user }: Upid): string {
  return ['UPID', node, hex(pid), hex(pstart), hex(starttime), type, encodeId(id), user, ''].join(':');
}

/** `:` and white space would break the format. */
const encodeId = (id: string): string =>
  id.replace(/[^A-Za-z0-9._/-]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);

export function parseUpid(text: string): Upid | undefined {
  const match =
    /^UPID:([^:\s]+):([0-9A-F]{8,9}):([0-9A-F]{8,9}):([0-9A-F]{8}):([^:\s]+):([^:\s]*):([^:\s]+):/i.exec(
      text,
    );
  if (!match) return undefined;
  const [, node = '', pid = '', pstart = '', starttime = '', type = '', id = '', user = ''] = match;
  const number = (digits: string): number => Number.parseInt(digits, 16);
  return { node, pid: number(pid), pstart: number(pstart), starttime: number(starttime), type, id, user };
}

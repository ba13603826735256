/** A line of `omnictl cluster template sync`: what it is about to do, or would do, with one resource. */
export interface SyncLine {
  readonly verb: 'creating' | 'updating' | 'tearing down' | 'destroyed';
  /** Without Omni's domain: `MachineSetNodes`. */
  readonly type: string;
  readonly id: string;
}

const LINE = /^\* (creating|updating|tearing down|destroyed)(?: \(dry run\))? ([A-Za-z]+)[^(\s]*\((.+)\)$/;

/** Reads one line; `undefined` for any other. */
export function parseSyncLine(line: string): SyncLine | undefined {
  const [, verb, type, id] = LINE.exec(line.trimEnd()) ?? [];
  return verb && type && id ? { verb: verb as SyncLine['verb'], type, id } : undefined;
}

/** All lines that a sync printed. */
export const parseSyncLines = (text: string): SyncLine[] =>
  text.split('\n').flatMap((line) => parseSyncLine(line) ?? []);

import type { Document } from 'yaml';
import type { RunResult } from '../../scripts/lib/platform/exec';
import { heading, say } from './screen';

/** What makes a cluster of the VMs, and the steps that show it. */
export interface Lane {
  /** Environment of all commands. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** From running VMs to a healthy cluster, and what comes after. */
  show(steps: Steps): Promise<void>;
  stop(): Promise<void>;
}

/** What a lane shows its steps with. */
export interface Steps {
  /** Definition, as a person types its path. */
  readonly definition: string;
  /** Changes the definition. */
  edit(change: (document: Document) => void): void;
  /** Runs one of our commands and shows what is worth it. @param expect its exit code */
  npm(title: string, command: readonly string[], expect?: number): Promise<RunResult>;
}

/** The way from a definition to a changed cluster, all in one. */
export const UP = ['up', '--auto-approve', '--wait', '2m'];

export function notShown(what: string, { how }: { readonly how: string }): void {
  heading(`Not shown: ${what}`);
  say(`  ${how}`);
}

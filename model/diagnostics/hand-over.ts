import { appendFileSync } from 'node:fs';
import type { Diagnostic } from './diagnostics';

/** Variable with the file that an app writes its diagnostics to, beside telling people: one JSON text a line. */
export const DIAGNOSTICS_VARIABLE = 'TALOS_PROXMOX_DIAGNOSTICS';

/** Hands problems of clusters in props to the command that has started this app, which tells them in its own way. */
export function handOver(diagnostics: readonly Diagnostic[]): void {
  const file = process.env[DIAGNOSTICS_VARIABLE];
  if (!file) return;
  appendFileSync(file, diagnostics.map((problem) => `${JSON.stringify(problem)}\n`).join(''));
}

/** What a program of Omni or Talos said. */
export interface GateResult {
  readonly tool: 'omnictl' | 'talosctl';
  readonly status: 'ok' | 'skipped' | 'failed';
  /** For people, in one line or a few. */
  readonly line: string;
}

/** Kills our commands at a call of talosctl that a test chooses. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '../../tools/programs';
import { temporaryFolder } from './terraform';

/** Where a command dies, by SIGKILL. */
export interface TalosDeath {
  /** Words of the arguments of a call. */
  readonly call: string;
  /** Which of these calls. @default 1 */
  readonly nth?: number;
  readonly when: 'before' | 'after';
}

/** The real talosctl, which takes our command with it; between the two there may be a shell. */
const TALOSCTL = `#!/bin/sh
case "$*" in
*"$DIE_AT"*)
  echo x >>"$COUNT"
  if [ "$(wc -l <"$COUNT")" -ge "$DIE_NTH" ]; then
    [ "$DIE_WHEN" = after ] && "$TALOSCTL_REAL" "$@" >/dev/null
    pid=$PPID
    until grep -q 'scripts/cli' "/proc/$pid/cmdline"; do pid=$(cut -d' ' -f4 "/proc/$pid/stat"); done
    kill -KILL "$pid"
    exit 1
  fi
  ;;
esac
exec "$TALOSCTL_REAL" "$@"
`;

/** Environment in which a command dies. */
export function mortalTalosctl({ call, nth = 1, when }: TalosDeath): Record<string, string> {
  const folder = temporaryFolder();
  const talosctl = join(folder, 'talosctl');
  writeFileSync(talosctl, TALOSCTL, { mode: 0o755 });
  return {
    TALOSCTL: talosctl,
    TALOSCTL_REAL: programPath('talosctl'),
    COUNT: join(folder, 'count'),
    DIE_AT: call,
    DIE_NTH: String(nth),
    DIE_WHEN: when,
  };
}

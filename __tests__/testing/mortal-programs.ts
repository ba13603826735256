/** Kills our commands at a call of terraform, talosctl or sops that a test chooses. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere } from '../../model/support/files';
import { eventually } from './omni';
import { temporaryFolder } from './terraform';

/** Where a command dies, by SIGKILL to its process group. */
export interface ProgramDeath {
  /** Words of a call, its program first: `talosctl get links`. */
  readonly call: string;
  /** Which of these calls. @default 1 */
  readonly nth?: number;
  /**
   * `during` a call that has written some text into its output, which goes on then as it does after a command that is gone; with
   * `powercut` it is dead at that moment, too.
   */
  readonly when: 'before' | 'after' | { readonly during: string } | { readonly powercut: string };
}

/** The real program, which takes our command with it; between the two there may be a shell. */
const PROGRAM = `#!/bin/sh
name=\${0##*/}
# This folder is the first of it.
PATH=\${PATH#*:}
echo "$$" >>"$CALLS"
case "$name $*" in
"$DIE_AT"*)
  echo x >>"$COUNT"
  if [ "$(wc -l <"$COUNT")" -ge "$DIE_NTH" ]; then
    # Of calls at the same time some may come here. Who is interrupted waits for the real one.
    trap : INT
    case $DIE_WHEN in
    after) "$name" "$@" >/dev/null ;;
    during | powercut)
      "$name" "$@" &
      until grep -qE "$DIE_TEXT" "/proc/$$/fd/1" || ! kill -0 $!; do sleep 0.02; done
      ;;
    esac
    # Only upwards from here: who has died already is above nobody.
    for pid in "$PPID" "$(cut -d' ' -f4 "/proc/$PPID/stat")"; do
      grep -q 'scripts/cli' "/proc/$pid/cmdline" && kill -s KILL -- "-$pid"
    done
    [ "$DIE_WHEN" = powercut ] && kill -s KILL -- "-$$"
    while [ -n "$!" ] && kill -0 $!; do wait $!; done
    exit 1
  fi
  ;;
esac
exec "$name" "$@"
`;

/** Environment in which a command dies, and what it leaves behind. */
export function mortalPrograms(death: ProgramDeath, path: string) {
  const { call, nth = 1, when } = death;
  const folder = temporaryFolder();
  const [how, text] = typeof when === 'string' ? [when, ''] : (Object.entries(when)[0] ?? ['', '']);
  for (const name of ['terraform', 'talosctl', 'sops'])
    writeFileSync(join(folder, name), PROGRAM, { mode: 0o755 });
  const calls = join(folder, 'calls');
  return {
    env: {
      PATH: `${folder}:${path}`,
      CALLS: calls,
      COUNT: join(folder, 'count'),
      DIE_AT: call,
      DIE_NTH: String(nth),
      DIE_WHEN: how,
      DIE_TEXT: text,
    },
    /** Waits until every program that the dead command had called is gone. */
    gone: (): Promise<void> =>
      eventually(async () => {
        const pids = (readIfThere(calls) ?? '').split('\n').filter(Boolean).map(Number);
        expect(await Promise.resolve(pids.filter(isAlive))).toEqual([]);
      }),
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

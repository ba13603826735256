import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';

/**
 * What a small shell does that outlives us: as soon as our process is gone, however it ended, it interrupts the programs that
 * we had started, once, waits for them, and removes our temporary folders. A program that does not heed it is killed, unless it
 * is to be waited for (`patient`). Lines on standard input tell it what there is; that they end tells it that we are gone.
 */
const KEEPER = `
hasty= patient=
without() { rest=; for one in $1; do [ "$one" = "$2" ] || rest="$rest $one"; done; }
send() { for one in $2; do kill -s "$1" -- "-$one"; done; }
await() {
  tries=$2
  for one in $1; do
    while [ "$tries" -gt 0 ] && kill -s 0 "$one"; do
      case $(cat "/proc/$one/stat") in *") Z "*) break ;; esac
      sleep 0.2
      tries=$((tries - 1))
    done
  done
}
while IFS= read -r line; do
  value=\${line#* }
  case $line in
    "child "*) hasty="$hasty $value" ;;
    "patient "*) patient="$patient $value" ;;
    "done "*)
      without "$hasty" "$value"; hasty=$rest
      without "$patient" "$value"; patient=$rest ;;
    "folder "*) set -- "$@" "$value" ;;
  esac
done
send INT "$hasty $patient"
await "$hasty" 50
send KILL "$hasty"
await "$patient" 18000
send KILL "$patient"
for folder; do rm -rf -- "$folder"; done
`;

/** Windows has neither process groups nor this shell. */
export const HAS_GROUPS = process.platform !== 'win32';

let keeper: ChildProcess | undefined;

/** Tells the keeper of a program, by its process group, or of a folder. Without one, e.g. where there is no `sh`, nothing is lost. */
export function tellKeeper(what: 'child' | 'patient' | 'done' | 'folder', value: string | number): void {
  if (!HAS_GROUPS || String(value).includes('\n')) return;
  keeper ??= startKeeper();
  keeper.stdin?.write(`${what} ${value}\n`);
}

function startKeeper(): ChildProcess {
  // In a session of its own: it must not get the signal that ends us.
  const child = spawn('sh', ['-c', KEEPER], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const nothing = (): void => undefined;
  child.on('error', nothing);
  child.stdin.on('error', nothing);
  // Neither keeps our process alive.
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return child;
}

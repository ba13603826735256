import { warning } from '../../rules/lib/rule';
import { liveCheck, need } from '../lib/check';

/** Seconds. Certificates of a new cluster are valid from now on: a node whose clock is behind refuses them. */
const TOLERANCE = 60;

export const clock = liveCheck('live-clock', 'clock', function* ({ server, live }) {
  const ahead = Math.round(need(live.clockAhead));
  if (Math.abs(ahead) <= TOLERANCE) return;
  yield warning(
    server.path,
    `the clock of "${server.key}" is ${duration(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} the clock here, and VMs start with it; set both by NTP`,
  );
});

const duration = (seconds: number): string =>
  seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;

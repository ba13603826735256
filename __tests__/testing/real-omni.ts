import { startRealOmni, whyNoRealOmni, type RealOmni, type RealOmniOptions } from '../../simulators/omni';
import { describeOmni } from './omni';

const obstacle = whyNoRealOmni();
if (obstacle !== undefined) {
  const told = `the suites with a real Omni cannot run: ${obstacle}`;
  // In CI they must run.
  if (process.env['CI']) throw new Error(told);
  process.stderr.write(`\n*** SKIPPED: ${told}\n\n`);
}

/** `describe`, or a skipped one where no real Omni can run: this has been said loudly. */
export const describeRealOmni = obstacle === undefined ? describeOmni : describe.skip;

/** The build of the server from nothing takes its time. */
const BUILD_MS = 45 * 60_000;

/** One real Omni for all tests of a `describe`, which must each take as they find it. */
export function realOmni(options: RealOmniOptions = {}): () => RealOmni {
  let omni: RealOmni | undefined;
  beforeAll(async () => {
    omni = await startRealOmni(options);
  }, BUILD_MS);
  afterAll(async () => {
    await omni?.stop();
  }, 60_000);
  return () => {
    if (omni === undefined) throw new Error('no Omni');
    return omni;
  };
}

/** A test server that the real omnictl talks to as if it were Omni. See README.md. */
export { startOmni, type Omni, type Environment, type OmnictlOptions } from './start';
export { bridge, type Boot, type Bridge, type BridgedOmni, type BridgeOptions } from './bridge';
export type * from './options';
export { startRealOmni, whyNoRealOmni, type RealOmni, type RealOmniOptions } from './real';

/** Machines that run Talos without Omni, for the real talosctl. See README.md. */
export {
  loopbackSubnet,
  startTalos,
  type Talos,
  type TalosctlOptions,
  type TalosctlVersion,
  type TalosOptions,
} from './start';
export { bridgeTalos, type TalosBoot, type TalosBridge, type TalosBridgeOptions } from './bridge';
export type * from './options';
export { specOf } from './spec';
export { hardwareOf } from './vm';

/** A Proxmox VE API that the real Terraform provider works against, without Proxmox VE. See README.md. */
export { startPve, type Pve } from './start';
export type { Site } from './site';
export type { SiteState } from './store/site';
export { simulate, type SimulateOptions, type Simulation } from './definition/simulate';
export { addVolume } from './store/build';
export { followPower, vmKey, type PowerFollower } from './power';
export * from './vm/guest';
export type * from './store/types';
export * from './options';
export type { FaultSpec, Fault, Faults } from './faults';
export type { AccessLog } from './server/access-log';

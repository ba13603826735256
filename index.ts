/**
 * What another repository gets from the package: constructs for clusters in TypeScript, the loader for definitions in
 * YAML, and the way to tell people what is wrong. The command line is the bin `talos-proxmox`.
 *
 * Whatever is exported here is kept: a change of it is a change of `docs/reference/package.api.md`.
 *
 * @packageDocumentation
 */
export * from './constructs';
export type * from './model/cluster/cluster';
export type {
  Healthcheck,
  Management,
  NoManagement,
  OmniManagement,
  OmniSettings,
  RegistryLogin,
  RegistryMirror,
  RestoreSource,
  StandaloneManagement,
} from './model/cluster/management';
export type * from './model/inventory/inventory';
export { ROLES, type Role } from './model/cluster/roles';
export { formatDiagnostic, hasErrors, type Diagnostic, type Severity } from './model/diagnostics/diagnostics';
export { CheckedCluster, loadDefinitions, type Loaded } from './model/load/load';
export { report, reportFailure } from './model/diagnostics/report';

/** Privileges by version: PVE 9 dropped VM.Monitor and has VM.GuestAgent.* instead. */

const COMMON = [
  ...['Datastore.Allocate', 'Datastore.AllocateSpace', 'Datastore.AllocateTemplate', 'Datastore.Audit'],
  ...['Group.Allocate', 'Mapping.Audit', 'Mapping.Modify', 'Mapping.Use', 'Permissions.Modify'],
  ...['Pool.Allocate', 'Pool.Audit', 'Realm.Allocate', 'Realm.AllocateUser'],
  ...['SDN.Allocate', 'SDN.Audit', 'SDN.Use'],
  ...[
    'Sys.AccessNetwork',
    'Sys.Audit',
    'Sys.Console',
    'Sys.Incoming',
    'Sys.Modify',
    'Sys.PowerMgmt',
    'Sys.Syslog',
  ],
  'User.Modify',
  ...['VM.Allocate', 'VM.Audit', 'VM.Backup', 'VM.Clone', 'VM.Console', 'VM.Migrate', 'VM.PowerMgmt'],
  ...['VM.Config.CDROM', 'VM.Config.CPU', 'VM.Config.Cloudinit', 'VM.Config.Disk', 'VM.Config.HWType'],
  ...['VM.Config.Memory', 'VM.Config.Network', 'VM.Config.Options', 'VM.Snapshot', 'VM.Snapshot.Rollback'],
];

const SINCE_9 = [
  ...['VM.GuestAgent.Audit', 'VM.GuestAgent.FileRead', 'VM.GuestAgent.FileSystemMgmt'],
  ...['VM.GuestAgent.FileWrite', 'VM.GuestAgent.Unrestricted', 'VM.Replicate'],
];

export const majorOf = (version: string): number => Number(version.split('.')[0]);

/** All that exist in a version. */
export const privilegesOf = (version: string): readonly string[] =>
  majorOf(version) >= 9 ? [...COMMON, ...SINCE_9] : [...COMMON, 'VM.Monitor'];

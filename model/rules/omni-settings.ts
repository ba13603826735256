import { clusterRule, error } from './lib/rule';

const SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };

export const omniSettings = clusterRule(
  'omni-settings',
  'Backup interval, labels and annotations of the cluster are ones that Omni accepts',
  function* ({ definition: { omni } }) {
    const interval = omni?.backup_interval;
    const seconds = interval === undefined ? undefined : durationOf(interval);
    if (interval !== undefined && (seconds === undefined || seconds < 3600 || seconds > 86_400))
      yield error(
        ['omni', 'backup_interval'],
        `"${interval}" is not a duration from 1h to 24h; write it like 6h or 1h30m`,
      );
    for (const key of ['labels', 'annotations'] as const)
      for (const name of Object.keys(omni?.[key] ?? {})) {
        const path = ['omni', key, name];
        if (name.startsWith('omni.sidero.dev/'))
          yield {
            ...error(path, `"${name}" belongs to Omni; choose a name without omni.sidero.dev/`),
            atKey: true,
          };
        else if (!/^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(name))
          yield {
            ...error(
              path,
              `only letters, digits, ".", "_", "/" and "-" in such a name, not "${name}"; rename it`,
            ),
            atKey: true,
          };
      }
  },
);

function durationOf(text: string): number | undefined {
  if (!/^(?:\d+[hms])+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+)([hms])/g)].reduce(
    (sum, [, n, unit = '']) => sum + Number(n) * (SECONDS[unit] ?? 0),
    0,
  );
}

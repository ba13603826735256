import { clusterRule, warning } from './lib/rule';

export const rebootOnUpdate = clusterRule(
  'reboot-on-update',
  'At most one control plane reboots by itself after a change',
  function* ({ nodes }) {
    const rebooting = nodes.filter((node) => node.role === 'control-plane' && node.rebootAfterUpdate);
    const [first] = rebooting;
    if (!first || rebooting.length < 2) return;
    yield warning(
      first.where('reboot_after_update'),
      `one change would reboot ${rebooting.length} control planes at once; set reboot_after_update: false and reboot them one by one`,
    );
  },
);

import { BaseStack, ProxmoxServers, ValidationError, type ProxmoxVmProps } from '../../constructs';
import { testApp } from './synth';

/** Two standalone servers. */
export const SERVERS = {
  pve1: { apiUrl: 'https://192.168.10.5:8006/', nodeName: 'pve1' },
  pve2: { apiUrl: 'https://192.168.10.6:8006/', nodeName: 'pve2' },
};

/** A VM on the first of them. */
export const props = (changes: Partial<ProxmoxVmProps> = {}): ProxmoxVmProps => ({
  server: 'pve1',
  vmId: 200,
  disks: [{ storage: 'local-lvm', sizeGb: 20 }],
  nics: [{ bridge: 'vmbr0' }],
  ...changes,
});

/** A stack that has them. */
export function stackWithServers(): BaseStack {
  const stack = new BaseStack(testApp(), 'home');
  ProxmoxServers.of(stack).add(SERVERS);
  return stack;
}

/** What a mistake in props is told in. */
export const failure = (make: () => unknown): string => {
  try {
    make();
  } catch (error) {
    expect(error).toBeInstanceOf(ValidationError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
};

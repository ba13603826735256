import { addressOf } from '../../lib/talos/nodes';
import type { Standalone } from './context';
import { firstControlPlane, type Survey } from './survey';

/** Prints what would be run, for who wants to do it by hand. Configurations are secrets, and stand for themselves. */
export function printCommands({ cluster, io }: Standalone, found: Survey): void {
  const { changing, joining, bootstrapOn } = found;
  const print = (command: string): void => io.out(`talosctl ${command}\n`);
  const config = (name: string): string => `--file <machine configuration of ${name}>`;
  const bootstrap = (): void => {
    if (bootstrapOn) print(`bootstrap --nodes ${addressOf(bootstrapOn)}`);
  };
  for (const { node, reboot } of changing)
    print(
      `apply-config --nodes ${addressOf(node)} ${config(node.name)} --mode ${reboot ? 'auto' : 'no-reboot'}`,
    );
  if (bootstrapOn && !joining.includes(bootstrapOn)) bootstrap();
  for (const node of joining) {
    print(`apply-config --insecure --nodes ${addressOf(node)} ${config(node.name)}`);
    if (node === bootstrapOn) bootstrap();
  }
  const first = firstControlPlane(cluster.nodes);
  if (first) print(`etcd members --nodes ${addressOf(first)}`);
}

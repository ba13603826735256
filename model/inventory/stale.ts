import { isDeepStrictEqual } from 'node:util';
import type { Cluster } from '../cluster/cluster';
import type { Diagnostic } from '../diagnostics/diagnostics';
import { machineInventory, type Inventory, type InventoryMachine } from './machine';
import { APPLY_PARALLELISM } from '../terraform/parallelism';
import { list } from '../support/text';

/**
 * Nodes of a definition that are not applied, or not as the definition says now. Machines that only the inventory has are
 * fine: a node leaves the cluster first, and then its VM goes.
 */
export function staleNodes(cluster: Cluster, inventory: Inventory): Diagnostic[] {
  const tell = (path: string, message: string): Diagnostic => ({
    file: cluster.name,
    severity: 'error',
    rule: 'inventory-stale',
    path,
    message: `${message}; apply the stack first (npx cdktf deploy ${cluster.name} --terraform-parallelism ${APPLY_PARALLELISM})`,
  });
  return Object.entries(machineInventory(cluster)).flatMap(([name, planned]) => {
    const applied = inventory[name];
    if (!applied) return [tell(name, 'is in the definition and not in the inventory')];
    const keys = (Object.keys(planned) as (keyof InventoryMachine)[]).filter(
      (key) => !isDeepStrictEqual(planned[key], applied[key]),
    );
    return keys.length > 0 ? [tell(name, `differs from the inventory in ${list(keys)}`)] : [];
  });
}

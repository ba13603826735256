import type { TerraformResourceLifecycle } from 'cdktf';
import type { Download, Server } from '../../model/cluster/cluster';
import { guardMessage } from '../../model/terraform/guard-messages';
import { hcl, type Expression } from '../stacks/expression';
import type { Guards } from './guards';

type Condition = NonNullable<TerraformResourceLifecycle['postcondition']>[number];

/**
 * How a downloaded file lives: its name is its identity, and VMs boot from it.
 *
 * Another name is another file: it is downloaded first, then the VMs get it, and only then the old one goes, so that an address
 * that answers 404 takes nothing away. The same name is the same file, wherever it came from. The provider would replace it for
 * another address: create before destroy would then download it and delete it, destroy before create would leave none.
 *
 * @param conditions what says so where the definition means another file and does not give it another name
 * @param isShared   whether several nodes have the storage in common: then it is the same file through each of them
 */
export const keepsFile = (
  conditions: readonly Condition[],
  isShared: boolean,
): TerraformResourceLifecycle => ({
  createBeforeDestroy: true,
  ignoreChanges: ['url', 'checksum', 'checksum_algorithm', ...(isShared ? ['node_name'] : [])],
  ...(conditions.length > 0 ? { postcondition: [...conditions] } : {}),
});

/** What must hold for the file in the state to be the one that the definition means. */
export function fileConditions(
  { url, checksum, fileName }: Download,
  { nodeName }: Server,
  guards: Guards | undefined,
): Condition[] {
  if (!guards) return [];
  const condition = (holds: Expression, difference: string): Condition => ({
    condition: guards.unlessOff(hcl`try(${holds}, true)`).asText,
    errorMessage: guardMessage(
      `Image ${fileName} on node ${nodeName} was downloaded ${difference} than the definition has now. A file that VMs boot from is not downloaded again under its name: give the new image another file_name, or write the former one.`,
      { rule: 'image-changed', subject: fileName },
    ),
  });
  const conditions: Condition[] = [];
  // A secret address changes with its token, and nobody sees what else.
  const path = 'literal' in url ? filePath(url.literal) : undefined;
  if (path !== undefined)
    conditions.push(condition(hcl`endswith(split("?", self.url)[0], ${path})`, 'from another address'));
  if (checksum) {
    const { algorithm, value } = checksum;
    const isSame = hcl`self.checksum == ${value} || self.checksum != null && self.checksum_algorithm != ${algorithm}`;
    conditions.push(condition(isSame, 'with another checksum, or with none,'));
  }
  return conditions;
}

/** What an address and its mirrors have in common: the path, of an Image Factory that below `/image/`. */
function filePath(address: string): string | undefined {
  const path = /^https?:\/\/[^/?#]*(\/[^?#]*)/.exec(address)?.[1];
  return path && (/\/image\/[0-9a-f]{64}\/.*$/.exec(path)?.[0] ?? path);
}

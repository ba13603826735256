import { createHash } from 'node:crypto';
import type { ITerraformDependable } from 'cdktf';
import { NullProvider } from '@cdktf/provider-null/lib/provider';
import { Resource } from '@cdktf/provider-null/lib/resource';
import type { Construct } from 'constructs';
import type { Inventory } from '../model/inventory/machine';
import { AddressScope } from './stacks/address';
import { create } from './stacks/create';

export interface PostApplyProps {
  /** Run by the shell of the machine that applies, in the stack folder. */
  readonly command: string;
  /** The command runs again whenever this changes. */
  readonly inventory: Inventory;
  /** Runs after these. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/** A command after each apply that changed the inventory. */
export class PostApply extends AddressScope {
  constructor(scope: Construct, id: string, props: PostApplyProps) {
    super(scope, id);
    create(NullProvider, this, 'null', {});
    create(Resource, this, 'post_apply', {
      triggers: { inventory: createHash('sha256').update(JSON.stringify(props.inventory)).digest('hex') },
      provisioners: [{ type: 'local-exec', command: props.command }],
      dependsOn: [...props.dependsOn],
    });
  }
}

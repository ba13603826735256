import { TerraformBackend } from 'cdktf';
import type { Construct } from 'constructs';
import type { Backend } from '../../model/cluster/cluster';
import { holdsTemplate } from '../../model/support/text';
import { ValidationError } from './errors';

/**
 * Where the state lives. One class for all backend types: settings go into the JSON with Terraform's own keys, so that
 * its documentation applies as it stands.
 */
export class StateBackend extends TerraformBackend {
  constructor(
    scope: Construct,
    private readonly backend: Backend,
  ) {
    super(scope, 'backend', backend.type);
    if (holdsTemplate(backend.config))
      throw new ValidationError('a backend takes no "${" and "%{"; write the value itself', this);
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { ...this.backend.config };
  }

  /** HCP Terraform has a block of its own beside the backends. */
  override toTerraform(): Record<string, unknown> {
    const { terraform } = super.toTerraform() as { terraform: { backend: Record<string, unknown> } };
    return { terraform: this.name === 'cloud' ? terraform.backend : terraform };
  }

  /** What cdktf notes about the backend beside the stack. */
  override toMetadata(): Record<string, unknown> {
    return this.name === 'cloud'
      ? { backend: undefined, cloud: 'cloud' }
      : (super.toMetadata() as Record<string, unknown>);
  }

  /** @throws ValidationError always: stacks share plain values, not state. */
  override getRemoteStateDataSource(scope: Construct, _name: string, fromStack: string): never {
    throw new ValidationError(
      `a value of stack "${fromStack}" is used here; stacks share plain TypeScript values, not Terraform references`,
      scope,
    );
  }
}

import type { Construct } from 'constructs';
import { TalosCluster, type TalosClusterInput, type TalosClusterTransforms } from './talos-cluster';
import { BaseStack } from './stacks/base-stack';

/** A stack with one cluster in it: one state, one `cdk.tf.json`. */
export class ClusterStack extends BaseStack {
  /** The cluster of the stack. */
  readonly cluster: TalosCluster;

  constructor(scope: Construct, id: string, input: TalosClusterInput, transforms?: TalosClusterTransforms) {
    super(scope, id);
    this.cluster = new TalosCluster(
      this,
      'cluster',
      'draft' in input ? input : { clusterName: id, ...input },
      transforms,
    );
  }
}

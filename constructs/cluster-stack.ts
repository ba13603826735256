import type { Construct } from 'constructs';
import { CheckedCluster } from '../model/load/load';
import { TalosCluster, type TalosClusterInput } from './talos-cluster';
import { BaseStack } from './stacks/base-stack';

/** A stack with one cluster in it: one state, one `cdk.tf.json`. */
export class ClusterStack extends BaseStack {
  /** The cluster of the stack. */
  readonly cluster: TalosCluster;

  constructor(scope: Construct, id: string, props: TalosClusterInput) {
    super(scope, id);
    const isLoaded = props instanceof CheckedCluster || 'checked' in props;
    this.cluster = new TalosCluster(this, 'cluster', isLoaded ? props : { clusterName: id, ...props });
  }
}

import type { ClusterDraft } from '../cluster/definition/draft';
import { some } from '../support/text';
import { clusterRule, error, type Finding } from './lib/rule';

export const terraformEngine = clusterRule(
  'terraform-engine',
  'With `engine: terraform` the state is one, and no file in clear text',
  function* (cluster) {
    if (cluster.management.kind !== 'standalone') return;
    if (cluster.management.engine === 'terraform') yield* terraform(cluster);
    else if (cluster.definition.standalone?.secrets_in_local_state)
      yield error(
        ['standalone', 'secrets_in_local_state'],
        'says something of engine: terraform only, and the engine is talosctl, which keeps secrets out of the state; remove it',
      );
  },
);

function* terraform({ definition, name, images }: ClusterDraft): Generator<Finding> {
  const { backend, standalone, state_split: split } = definition;
  if ((backend?.type ?? 'local') === 'local' && !standalone?.secrets_in_local_state)
    yield error(
      backend === undefined ? ['standalone', 'engine'] : ['backend'],
      `the secrets of cluster "${name}" would stand in a state file in clear text; choose a backend that encrypts and is closed to others (docs/guide/backends), or accept it with standalone.secrets_in_local_state: true`,
    );
  if (split !== undefined && split !== 'none')
    yield error(
      ['state_split'],
      'with engine: terraform the configuration of a node waits for its VM in the same state; write state_split: none, or engine: talosctl',
    );
  if (standalone?.engine_before)
    yield error(
      ['standalone', 'engine_before'],
      'is what the engine is, so that the state would forget what it manages; remove it',
    );
  const factories = new Set(
    images.flatMap(({ source }) =>
      source.kind === 'download' && source.schematic ? [source.schematic.factory] : [],
    ),
  );
  if (factories.size > 1)
    yield error(
      ['images'],
      `the provider asks one image factory, and the schematics name ${some([...factories])}; name one, or write engine: talosctl`,
    );
}

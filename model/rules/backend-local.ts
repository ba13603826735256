import { clusterRule, warning } from './lib/rule';

export const backendLocal = clusterRule(
  'backend-local',
  'The definition decides where the Terraform state lives',
  function* ({ definition, name, source }) {
    if (definition.backend !== undefined) return;
    const local = source.starter ? 'backend = { type = "local" }' : 'backend: { type: local }';
    yield warning(
      ['backend'],
      `the Terraform state is only in state/${name}.tfstate on this machine; add a remote backend, or write ${local} to keep it there`,
    );
  },
);

import { clusterRule, warning } from './lib/rule';

export const tlsVerifyOff = clusterRule(
  'tls-verify-off',
  'Certificates of Proxmox servers are checked',
  function* ({ servers }) {
    for (const { key, path, insecure } of servers) {
      if (!insecure) continue;
      const message = `the certificate of "${key}" is not checked, so anybody on the way can read the API token; trust its CA through SSL_CERT_FILE and write false`;
      yield warning([...path, 'tls_insecure'], message);
    }
  },
);

import { rootCertificates } from 'node:tls';
import { readIfThere } from '../../../model/support/files';

/** Where Linux distributions keep the certificates that Go programs trust. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * The authorities that the provider trusts: those of the system, and those in SSL_CERT_FILE. Without a bundle of the
 * system (macOS, Windows) those of Node.js stand in for them.
 */
export function trustedAuthorities(env: NodeJS.ProcessEnv): string[] {
  const system = SYSTEM_BUNDLES.map(readIfThere).find((text) => text !== undefined);
  const own = env['SSL_CERT_FILE'] ? readIfThere(env['SSL_CERT_FILE']) : undefined;
  return [...(system === undefined ? rootCertificates : [system]), ...(own === undefined ? [] : [own])];
}

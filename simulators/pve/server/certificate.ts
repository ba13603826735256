import { generate } from 'selfsigned';

export interface Certificate {
  /** PEM, also for SSL_CERT_FILE of a client that verifies. */
  readonly cert: string;
  readonly key: string;
}

/** A key and a certificate for the loopback addresses, made anew each time. */
export async function makeCertificate(): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'Proxmox VE simulator' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip: '127.0.0.1' },
          { type: 2, value: 'localhost' },
        ],
      },
    ],
  });
  return { cert, key };
}

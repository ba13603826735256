import { X509Certificate } from 'node:crypto';
import type { PveOptions } from './options';
import { loadSchema } from './schema/source';
import { makeCertificate } from './server/certificate';
import { Listener } from './server/listener';
import { createServer } from './server/server';
import { SiteRuntime, type Site } from './site';
import { nodesOf } from './store/build';

/** Running servers. */
export interface Pve {
  /** By name. */
  readonly sites: Readonly<Record<string, Site>>;
  site(name: string): Site;
  /** Certificate of all servers, for clients that verify. */
  readonly certificate: string;
  /** Whether requests are checked against the API schema. */
  readonly strict: boolean;
  close(): Promise<void>;
}

/** Starts a server per node on 127.0.0.1. */
export async function startPve(options: PveOptions): Promise<Pve> {
  const { strict = true, onRequest, control = false } = options;
  const schema = strict ? await loadSchema() : undefined;
  const certificate = await makeCertificate();
  const sites: Record<string, SiteRuntime> = {};
  const close = async (): Promise<void> => {
    for (const site of Object.values(sites)) site.tasks.close();
    await Promise.all(Object.values(sites).map((site) => site.down()));
  };
  try {
    for (const siteOptions of options.sites) {
      if (siteOptions.name in sites) throw new Error(`two sites have the name ${siteOptions.name}`);
      const site = new SiteRuntime(siteOptions, schema, onRequest);
      site.state.fingerprint = new X509Certificate(certificate.cert).fingerprint256;
      sites[site.name] = site;
      for (const { name, port = 0 } of nodesOf(siteOptions)) {
        const listener = new Listener(() => createServer(site, certificate, control), port);
        site.listeners.set(name, listener);
        site.endpoints[name] = await listener.open();
        if (site.state.node(name).offline) await listener.close();
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    sites,
    site: (name) => {
      const site = sites[name];
      if (!site) throw new Error(`no site ${name}; there is ${Object.keys(sites).join(', ')}`);
      return site;
    },
    certificate: certificate.cert,
    strict: schema !== undefined,
    close,
  };
}

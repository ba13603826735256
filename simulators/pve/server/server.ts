import Fastify, { type FastifyInstance } from 'fastify';
import { PveError } from '../errors';
import { routes } from '../handlers';
import type { SiteRuntime } from '../site';
import type { Certificate } from './certificate';
import type { Route } from './call';
import { addControl } from './control';
import { pathOf, sendError, serve, unknownEntry } from './pipeline';

const BASE = '/api2/json';
/** Uploads are kept in memory. */
const BODY_LIMIT = 256 * 1024 * 1024;

/** The server of one node: HTTPS with TLS 1.3 and HTTP/1.1, because HTTP/2 has no reason phrase. */
export function createServer(
  site: SiteRuntime,
  { cert, key }: Certificate,
  control: boolean,
): FastifyInstance {
  const app = Fastify({
    https: { cert, key, minVersion: 'TLSv1.3' },
    bodyLimit: BODY_LIMIT,
    exposeHeadRoutes: false,
    // A request that hangs must not keep close() waiting.
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 4096 },
  }) as unknown as FastifyInstance;
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, body),
  );
  app.addContentTypeParser('multipart/form-data', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  for (const route of routes) addRoute(app, site, route);
  if (control) addControl(app, site);
  app.setNotFoundHandler((request, reply) => {
    // Loudly: an answer of no content would hide that something is not simulated.
    const error = new PveError(501, `Method '${request.method} ${pathOf(request)}' not implemented`);
    site.log(unknownEntry(request, error));
    return sendError(reply, error);
  });
  app.setErrorHandler((error, request, reply) => {
    const known = new PveError(400, error instanceof Error ? error.message : 'bad request');
    site.log(unknownEntry(request, known));
    return sendError(reply, known);
  });
  return app;
}

function addRoute(app: FastifyInstance, site: SiteRuntime, route: Route): void {
  app.route({
    method: route.method,
    url: `${BASE}${toUrl(route.template)}`,
    handler: (request, reply) => serve(site, route, request, reply),
  });
}

/** `{volume}` takes the rest of the path: volume ids hold slashes. */
const toUrl = (template: string): string =>
  template.replace(/\/\{volume\}$/, '/*').replace(/\{([a-z]+)\}/g, ':$1');

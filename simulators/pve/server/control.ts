import type { FastifyInstance } from 'fastify';
import type { FaultSpec } from '../faults';
import type { ConfigValue } from '../formats/vm-config';
import type { SiteRuntime } from '../site';

interface VmChange {
  readonly status?: 'running' | 'stopped';
  /** Keys to set; `null` removes one. */
  readonly config?: Readonly<Record<string, ConfigValue | null>>;
}

/**
 * Faults and changes out of band over HTTP, for a simulator in a process of its own. There is no login: it listens on
 * loopback only.
 */
export function addControl(app: FastifyInstance, site: SiteRuntime): void {
  const { state, faults } = site;
  app.get('/control/state', () => state.snapshot());
  app.get('/control/requests', () => site.requests);
  app.get('/control/faults', () => faults.all());
  app.post<{ Body: FaultSpec }>('/control/faults', ({ body }) => {
    faults.add(body);
    return { ok: true };
  });
  app.delete('/control/faults', () => {
    faults.clear();
    return { ok: true };
  });
  app.put<{ Params: { id: string }; Body: { readonly total: number } }>(
    '/control/storages/:id',
    ({ params, body }, reply) => {
      const found = [...state.storages()].filter(({ storage }) => storage.id === params.id);
      if (found.length === 0) return reply.code(404).send({ error: `no storage ${params.id}` });
      for (const { storage } of found) storage.total = body.total;
      return { ok: true };
    },
  );
  app.put<{ Params: { vmid: string }; Body: VmChange }>('/control/vms/:vmid', ({ params, body }, reply) => {
    const vm = state.vms.get(Number(params.vmid));
    if (!vm) return reply.code(404).send({ error: `no VM ${params.vmid}` });
    if (body.status) vm.status = body.status;
    for (const [key, value] of Object.entries(body.config ?? {})) {
      if (value === null)
        vm.config = Object.fromEntries(Object.entries(vm.config).filter(([k]) => k !== key));
      else vm.config[key] = value;
    }
    return vm;
  });
  app.delete<{ Params: { vmid: string } }>('/control/vms/:vmid', ({ params }) => ({
    ok: state.vms.delete(Number(params.vmid)),
  }));
}

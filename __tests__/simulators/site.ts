import { startPve, type Pve, type Site, type SiteOptions } from '../../simulators/pve';

/** A server with the storages of the tests: thin LVM, ZFS, a folder, and an ISO that is there already. */
export const SERVER: SiteOptions = {
  name: 'pve1',
  nodes: [
    {
      name: 'pve1',
      storages: [
        {
          id: 'local',
          content: ['iso', 'vztmpl', 'backup', 'snippets', 'import'],
          volumes: [{ name: 'iso/talos.iso', size: 100_000_000 }],
        },
        { id: 'local-lvm', type: 'lvmthin' },
        { id: 'fast', type: 'zfspool' },
        { id: 'slow', content: ['images', 'iso'] },
      ],
      pci: [{ path: '0000:01:00.0', id: '10de:2204', subsystemId: '10de:1454', iommuGroup: 14 }],
    },
  ],
};

const running: Pve[] = [];

/** Servers for the tests of a file; each test may start some of its own. */
export async function startServers(...sites: readonly SiteOptions[]): Promise<Site[]> {
  const pve = await startPve({ sites });
  running.push(pve);
  return sites.map(({ name }) => pve.site(name));
}

/** PEM of the servers of a site. */
export function certificateOf(site: Site): string {
  return running.find((pve) => Object.values(pve.sites).includes(site))?.certificate ?? '';
}

/** `SERVER` with changes. */
export async function startServer(changes: Partial<SiteOptions> = {}): Promise<Site> {
  const [site] = await startServers({ ...SERVER, ...changes });
  if (!site) throw new Error('no site');
  return site;
}

afterAll(async () => {
  await Promise.all(running.splice(0).map((pve) => pve.close()));
});

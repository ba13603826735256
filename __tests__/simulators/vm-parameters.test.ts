import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadEndpoints } from '../../simulators/pve/schema/source';
import { startSite, type Client } from './client';

/** A parameter of a VM, a value, and whether Proxmox VE 8.4 and 9.2 take it: as their own code said. */
type Verdict = readonly [key: string, value: string, in84: boolean, in92: boolean];

const VERDICTS = JSON.parse(
  readFileSync(join(__dirname, '../fixtures/simulators/vm-parameters.json'), 'utf8'),
) as readonly Verdict[];

const VERSIONS = ['8.4.10', '9.2.6'] as const;

interface Session {
  readonly ticket: string;
  readonly CSRFPreventionToken: string;
}

/** A client of root@pam, whom no missing privilege keeps from being told about values. */
async function start(version: string): Promise<Client> {
  const login = { username: 'root@pam', password: 'not-a-secret' };
  const api = await startSite({ version, users: [{ id: 'root@pam', password: login.password }] });
  const { data } = await api.as({}).post<Session>('/access/ticket', login);
  return api.as({
    cookie: `PVEAuthCookie=${encodeURIComponent(data.ticket)}`,
    csrfpreventiontoken: data.CSRFPreventionToken,
  });
}

describe.each(VERSIONS)('Proxmox VE %s', (version) => {
  it('takes and refuses the values that the real one does', async () => {
    const endpoints = await loadEndpoints();
    if (typeof endpoints === 'string') {
      if (process.env['CI']) throw new Error(endpoints);
      return;
    }
    const api = await start(version);
    const wrong: string[] = [];
    for (const [index, [key, value, in84, in92]] of VERDICTS.entries()) {
      const { status, errors } = await api.post('/nodes/pve1/qemu', { vmid: 1000 + index, [key]: value });
      // What state decides (a storage, a device of the boot order) comes later, and is no 400.
      const isTaken = status !== 400;
      if (isTaken !== (version.startsWith('8') ? in84 : in92)) {
        wrong.push(`${key}=${value}: ${isTaken ? 'taken' : `refused: ${JSON.stringify(errors)}`}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(VERDICTS).toHaveLength(335);
  }, 60_000);
});

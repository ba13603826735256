import type { Check } from '../../simulators/pve/auth/permissions';
import { routes } from '../../simulators/pve/handlers';
import { ApiSchema } from '../../simulators/pve/schema/check';
import { loadEndpoints } from '../../simulators/pve/schema/source';
import { startSite, vmRequest, type Client, type Sent } from './client';

/** Without the schema these tests have nothing to say; with CI=true that is a failure. */
const withSchema = (test: (schema: ApiSchema) => void | Promise<void>) => async () => {
  const endpoints = await loadEndpoints();
  if (typeof endpoints === 'string') {
    if (process.env['CI']) throw new Error(endpoints);
    return;
  }
  await test(new ApiSchema(endpoints));
};

const asText = (sent: Sent): Record<string, string> =>
  Object.fromEntries(Object.entries(sent).map(([key, value]) => [key, String(value)]));

const VALID = asText({ node: 'pve1', ...vmRequest(1000) });

const create = (schema: ApiSchema, changes: Sent) =>
  schema.check('POST', '/nodes/{node}/qemu', { ...VALID, ...asText(changes) });

const UNKNOWN = 'property is not defined in schema and the schema does not allow additional properties';

describe('the check against the API schema', () => {
  it(
    'takes what the provider sends',
    withSchema((schema) => {
      const all: Sent = {
        agent: 'enabled=0,fstrim_cloned_disks=0,type=virtio',
        cpu: 'cputype=host,flags=+aes;-pcid,hidden=1',
        hostpci0: 'mapping=gpu0,pcie=1,rombar=0,x-vga=0',
        ide0: 'file=local-lvm:cloudinit,',
        ipconfig0: 'gw=192.168.10.1,ip=192.168.10.100/24',
        nameserver: '192.168.10.1 fd40::1',
        net1: 'virtio=BC:24:11:00:00:02,bridge=vmbr1,tag=20,mtu=9000',
        serial0: 'socket',
        smbios1: 'base64=1,serial=b3M=,uuid=3fa736b7-6bab-5b94-8dcf-e0b1ccf34543',
        startup: 'order=1,up=30,down=60',
        usb0: 'mapping=stick,usb3=1',
        vga: 'type=std,memory=16',
      };
      expect(create(schema, all)).toBeUndefined();
    }),
  );

  it.each<[Sent, string, string]>([
    [{ foo: 1 }, 'foo', UNKNOWN],
    [{ vmid: 7 }, 'vmid', 'value must have a minimum value of 100'],
    [{ cores: 'four' }, 'cores', "type check ('integer') failed - got 'four'"],
    [{ onboot: 'maybe' }, 'onboot', "type check ('boolean') failed - got 'maybe'"],
    [{ description: 'x'.repeat(8193) }, 'description', 'value may only be 8192 characters long'],
    [
      { net0: 'model=virtio,macaddr=BD:24:11:00:00:01' },
      'net0',
      'invalid format - format error\nmacaddr: invalid format - value does not look like a valid unicast MAC address',
    ],
    [
      { net0: 'bridge=vmbr0' },
      'net0',
      'invalid format - format error\nmodel: property is missing and it is not optional',
    ],
    [
      { scsi0: 'file=local-lvm:1,discard=maybe' },
      'scsi0',
      "invalid format - format error\ndiscard: value 'maybe' does not have a value in the enumeration 'ignore, on'",
    ],
    [{ scsi0: 'file=local-lvm:1,foo=1' }, 'scsi0', `invalid format - format error\nfoo: ${UNKNOWN}`],
    [
      { scsi0: 'ssd=1' },
      'scsi0',
      'invalid format - format error\nfile: property is missing and it is not optional',
    ],
    [{ bios: 'uefi' }, 'bios', "value 'uefi' does not have a value in the enumeration 'seabios, ovmf'"],
    [{ name: 'talos_cp_1' }, 'name', 'invalid format - value does not look like a valid DNS name'],
    [
      { machine: 'q36x' },
      'machine',
      'invalid format - format error\ntype: value does not match the regex pattern',
    ],
    [{ cpu: 'host,color=red' }, 'cpu', `invalid format - format error\ncolor: ${UNKNOWN}`],
    [
      { hostpci0: 'mapping=gpu,pcie=2' },
      'hostpci0',
      "invalid format - format error\npcie: type check ('boolean') failed - got '2'",
    ],
    [{ ipconfig0: 'address=1' }, 'ipconfig0', `invalid format - format error\naddress: ${UNKNOWN}`],
    [
      { nameserver: 'not valid!' },
      'nameserver',
      "invalid format - value 'valid!' does not look like a valid address",
    ],
    [{ force: 1 }, 'force', "missing property - 'archive' is required by this property"],
  ])('%p is refused', (changes, key, text) =>
    withSchema((schema) => {
      expect(create(schema, changes)).toEqual({ [key]: text });
    })(),
  );

  it(
    'misses what is required',
    withSchema((schema) => {
      const { vmid: _vmid, ...rest } = VALID;
      expect(schema.check('POST', '/nodes/{node}/qemu', rest)).toEqual({
        vmid: 'property is missing and it is not optional',
      });
    }),
  );

  it(
    'does not know how many there are of numbered keys: the simulator does',
    withSchema((schema) => {
      expect(create(schema, { scsi31: 'file=local-lvm:1' })).toBeUndefined();
    }),
  );

  it(
    'takes lists of property strings',
    withSchema((schema) => {
      const map = ['id=10de:2204,node=pve1,path=0000:01:00.0', 'id=10de:2204,node=pve2,path=0000:41:00'];
      const check = (sent: readonly string[]) =>
        schema.check('POST', '/cluster/mapping/pci', { id: 'gpu', map: sent });
      expect(check(map)).toBeUndefined();
      expect(check(['id=10de:2204,node=pve1'])).toEqual({
        map: 'invalid format - format error\npath: property is missing and it is not optional',
      });
    }),
  );
});

describe('a strict server', () => {
  let api: Client;

  beforeAll(async () => {
    api = await startSite();
  });

  it(
    'answers 400 and keeps the violation',
    withSchema(async () => {
      const answer = await api.post('/nodes/pve1/qemu', vmRequest(100, { foo: 1 }));
      expect(answer).toMatchObject({
        status: 400,
        reason: 'Parameter verification failed.',
        errors: { foo: UNKNOWN },
      });
      expect(api.site.violations).toMatchObject([{ method: 'POST', violation: { foo: UNKNOWN } }]);
      expect(api.site.state.vms.size).toBe(0);
    }),
  );

  it('goes without where that is asked for', async () => {
    const lax = await startSite({ name: 'lax', nodes: [{ name: 'pve1' }] }, false);
    expect(await lax.get('/cluster/resources', { type: 'nonsense' })).toMatchObject({ status: 200 });
  });
});

/** What Proxmox writes as `['perm', path, privileges, 'any', 1]`, `['and', …]` and `['or', …]`. */
function toCheck(term: readonly unknown[]): Check {
  const [kind, ...rest] = term;
  if (kind === 'and') return { and: rest.map((part) => toCheck(part as unknown[])) };
  if (kind === 'or') return { or: rest.map((part) => toCheck(part as unknown[])) };
  const [path, privileges, option, value] = rest as [string, string[], string?, unknown?];
  const any = option === 'any' ? { any: true } : {};
  return { path, privileges, ...any, ...(option === 'require_param' ? { requires: String(value) } : {}) };
}

/** Names of placeholders and the order of privileges do not matter; one privilege is any of one. */
const normal = (check: Check): unknown => {
  const sorted = (parts: readonly Check[]) => parts.map((part) => JSON.stringify(normal(part))).sort();
  if ('and' in check) return { and: sorted(check.and) };
  if ('or' in check) return { or: sorted(check.or) };
  const { path, privileges, any, requires } = check;
  return { path, privileges: [...privileges].sort(), any: any === true && privileges.length > 1, requires };
};

describe('the simulated paths', () => {
  it(
    'exist in Proxmox VE',
    withSchema((schema) => {
      const unknown = routes.filter(({ method, template }) => !schema.method(method, template));
      expect(unknown.map(({ method, template }) => `${method} ${template}`)).toEqual([]);
    }),
  );

  it(
    'ask for the privileges that Proxmox VE asks for',
    withSchema((schema) => {
      const different = routes.flatMap(({ method, template, check }) => {
        const term = schema.method(method, template)?.permissions['check'] as unknown[] | undefined;
        const expected = term ? normal(toCheck(term)) : undefined;
        const actual = check ? normal(check) : undefined;
        return JSON.stringify(expected) === JSON.stringify(actual)
          ? []
          : [{ method, template, expected, actual }];
      });
      expect(different).toEqual([]);
    }),
  );
});

import fc from 'fast-check';
import { isMac, isMacPrefix, isUnicast, macAddress, MAX_INDEX } from '../../../model/cluster/identity/mac';
import { indexFromName, isIndex } from '../../../model/cluster/identity/node-index';
import { isNamespace, isUuid, smbiosUuid, UUID_NAMESPACE } from '../../../model/cluster/identity/smbios-uuid';
import {
  freeRange,
  inRange,
  parseVmIdRange,
  rangeSize,
  type VmIdRange,
} from '../../../model/cluster/identity/vm-id';
import { ROLES } from '../../../model/cluster/roles';

const role = fc.constantFrom(...ROLES);
const index = fc.integer({ min: 0, max: MAX_INDEX });
const nic = fc.integer({ min: 0, max: 1 });

describe('macAddress', () => {
  // The first four are the contract of the starter.
  it.each([
    ['control-plane', 0, 0, 'BC:24:11:01:00:00'],
    ['worker', 1, 0, 'BC:24:11:02:00:01'],
    ['gpu-worker', 0, 0, 'BC:24:11:03:00:00'],
    ['worker', 256, 0, 'BC:24:11:02:01:00'],
    ['worker', MAX_INDEX, 0, 'BC:24:11:02:FF:FF'],
    ['control-plane', 0, 1, 'BC:24:11:11:00:00'],
    ['worker', 10, 1, 'BC:24:11:12:00:0A'],
    ['gpu-worker', 0, 1, 'BC:24:11:13:00:00'],
  ] as const)('%s %d, NIC %d, has %s', (of, at, position, expected) => {
    expect(macAddress('BC:24:11', of, at, position)).toBe(expected);
  });

  it('writes the prefix in upper case', () => {
    expect(macAddress('02:ab:cd', 'worker', 0)).toBe('02:AB:CD:02:00:00');
  });

  it('is a unicast MAC with the prefix, whatever role and index', () => {
    fc.assert(
      fc.property(role, index, nic, (of, at, position) => {
        const mac = macAddress('BC:24:11', of, at, position);
        expect(isMac(mac) && isUnicast(mac) && mac.startsWith('BC:24:11:')).toBe(true);
        expect(mac).toBe(mac.toUpperCase());
      }),
    );
  });

  it('differs as soon as role, index or NIC differ', () => {
    fc.assert(
      fc.property(fc.tuple(role, index, nic), fc.tuple(role, index, nic), (one, two) => {
        const same = one.every((part, i) => part === two[i]);
        expect(macAddress('BC:24:11', ...one) === macAddress('BC:24:11', ...two)).toBe(same);
      }),
    );
  });

  it('never repeats over all roles, indexes and NICs', () => {
    const macs = new Set<string>();
    for (const of of ROLES) {
      for (let at = 0; at <= MAX_INDEX; at++)
        macs.add(macAddress('BC:24:11', of, at)).add(macAddress('BC:24:11', of, at, 1));
    }
    expect(macs.size).toBe(ROLES.length * (MAX_INDEX + 1) * 2);
  });
});

describe('forms', () => {
  it.each([
    ['BC:24:11:00:00:01', true],
    ['bc:24:11:00:00:0a', true],
    ['BC-24-11-00-00-01', false],
    ['BC:24:11:00:00', false],
    ['BC:24:11:00:00:01:02', false],
    ['BC:24:11:00:00:0G', false],
    ['', false],
  ])('isMac(%s) is %s', (text, expected) => expect(isMac(text)).toBe(expected));

  it.each([
    ['BC:24:11', true],
    ['bc:24:1a', true],
    ['BC:24', false],
    ['BC:24:11:00', false],
    ['BC2411', false],
  ])('isMacPrefix(%s) is %s', (text, expected) => expect(isMacPrefix(text)).toBe(expected));

  it.each([
    ['BC:24:11', true],
    ['02:AB:01', true],
    ['BD:24:11', false],
    ['FF:FF:FF', false],
  ])('isUnicast(%s) is %s', (text, expected) => expect(isUnicast(text)).toBe(expected));
});

describe('indexFromName', () => {
  it.each([
    ['talos-worker-1', 0],
    ['talos-worker-01', 0],
    ['w10', 9],
    ['7', 6],
    ['rack2-w3', 2],
    ['talos-worker', undefined],
    ['worker-0', undefined],
    ['1-worker', undefined],
    ['w-99999999999999999999', undefined],
    ['', undefined],
  ])('of "%s" is %s', (name, expected) => expect(indexFromName(name)).toBe(expected));

  it('is the number before, for every number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (n) => expect(indexFromName(`w-${n}`)).toBe(n - 1)),
    );
  });
});

it.each([
  [0, true],
  [MAX_INDEX, true],
  [MAX_INDEX + 1, false],
  [-1, false],
  [1.5, false],
  [NaN, false],
])('isIndex(%d) is %s', (number, expected) => expect(isIndex(number)).toBe(expected));

describe('smbiosUuid', () => {
  // From Python: uuid.uuid5(uuid.UUID(namespace), f'{cluster}/{node}').
  it.each([
    ['home', 'talos-control-1', UUID_NAMESPACE, '3fa736b7-6bab-5b94-8dcf-e0b1ccf34543'],
    ['home', 'talos-worker-10', UUID_NAMESPACE, 'a6908848-197a-5aeb-a404-5c62dd2a177f'],
    ['lab', 'w-1', UUID_NAMESPACE, 'd0a0bbe6-5b35-5ce4-afbc-a41ae8e6e419'],
    [
      'home',
      'talos-control-1',
      '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
      'faaecd65-ae60-56db-b47e-fbbc106efd01',
    ],
  ])('of %s/%s in %s is %s', (cluster, node, namespace, expected) => {
    expect(smbiosUuid(cluster, node, namespace)).toBe(expected);
  });

  it('uses the namespace of the project by default', () => {
    expect(smbiosUuid('lab', 'w-1')).toBe(smbiosUuid('lab', 'w-1', UUID_NAMESPACE));
    expect(UUID_NAMESPACE).toBe('6d1f3c1e-8a53-5f0b-9c1d-3b6f0f5f7a10');
  });

  it('depends on cluster and node, and is a UUID', () => {
    const name = fc.stringMatching(/^[a-z0-9-]{1,20}$/);
    fc.assert(
      fc.property(name, name, name, name, (a, b, c, d) => {
        expect(isUuid(smbiosUuid(a, b))).toBe(true);
        expect(smbiosUuid(a, b) === smbiosUuid(c, d)).toBe(a === c && b === d);
      }),
    );
  });

  it('knows what hardware may report, and what can be a namespace', () => {
    expect(isUuid('03000200-0400-0500-0006-000700080009')).toBe(true);
    expect(isNamespace('03000200-0400-0500-0006-000700080009')).toBe(false);
    expect(isNamespace(UUID_NAMESPACE.toUpperCase())).toBe(true);
    expect(isUuid('6d1f3c1e8a535f0b9c1d3b6f0f5f7a10')).toBe(false);
  });
});

describe('VMID ranges', () => {
  it.each([
    ['1000-1099', { first: 1000, last: 1099 }],
    [' 1000 - 1000 ', { first: 1000, last: 1000 }],
    ['1099-1000', undefined],
    ['1000', undefined],
    ['1000-', undefined],
    ['1000-1099-1199', undefined],
    ['-1-5', undefined],
  ])('parseVmIdRange("%s")', (text, expected) => expect(parseVmIdRange(text)).toEqual(expected));

  it('have a size, and their ends belong to them', () => {
    const range = { first: 1000, last: 1099 };
    expect(rangeSize(range)).toBe(100);
    expect([999, 1000, 1099, 1100].map((id) => inRange(range, id))).toEqual([false, true, true, false]);
  });

  const range = fc
    .tuple(fc.integer({ min: 100, max: 3000 }), fc.integer({ min: 1, max: 300 }))
    .map(([first, size]): VmIdRange => ({ first, last: first + size - 1 }));
  const touches = (a: VmIdRange, b: VmIdRange) => a.first <= b.last && b.first <= a.last;

  it('freeRange touches none that is taken, has the size, and is the lowest such', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 20 }), fc.integer({ min: 1, max: 300 }), (taken, size) => {
        const free = freeRange(taken, size);
        expect(rangeSize(free)).toBe(size);
        expect(free.first).toBeGreaterThanOrEqual(1000);
        expect(taken.filter((one) => touches(one, free))).toEqual([]);
        for (let first = 1000; first < free.first; first++) {
          expect(taken.some((one) => touches(one, { first, last: first + size - 1 }))).toBe(true);
        }
      }),
    );
  });

  it('freeRange leaves its argument alone and takes another start', () => {
    const taken = [
      { first: 200, last: 299 },
      { first: 100, last: 149 },
    ];
    expect(freeRange(taken, 50, 100)).toEqual({ first: 150, last: 199 });
    expect(taken[0]?.first).toBe(200);
  });
});

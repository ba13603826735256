import fc from 'fast-check';
import {
  contains,
  formatAddress,
  formatSubnet,
  nthAddress,
  overlap,
  parseAddress,
  parseAddressRange,
  parseSubnet,
  type Address,
} from '../../../model/support/net';

const MAX = { 4: (1n << 32n) - 1n, 6: (1n << 128n) - 1n } as const;

const address = fc
  .constantFrom<4 | 6>(4, 6)
  .chain((version) =>
    fc.bigInt({ min: 0n, max: MAX[version] }).map((value): Address => ({ version, value })),
  );

const subnet = address.chain((of) =>
  fc.integer({ min: 0, max: of.version === 4 ? 32 : 128 }).map((prefix) => `${formatAddress(of)}/${prefix}`),
);

describe('parseAddress', () => {
  it.each([
    ['0.0.0.0', 4, 0n],
    ['192.168.10.5', 4, 0xc0a80a05n],
    ['255.255.255.255', 4, MAX[4]],
    ['::', 6, 0n],
    ['fd00::5', 6, 0xfd000000000000000000000000000005n],
    ['FD00:0:0:0:0:0:0:5', 6, 0xfd000000000000000000000000000005n],
    ['::ffff:10.0.0.1', 6, 0xffff0a000001n],
  ])('reads %s', (text, version, value) => {
    expect(parseAddress(text)).toEqual({ version, value });
  });

  it.each([
    '', '10', '10.0.0', '10.0.0.0.1', '10.0.0.256', '999.1.1.1', '010.0.0.1', '0x0a000001', '10.0.0.1/24', ' 10.0.0.1',
    '10.0.0.1 ', '10.0.0.-1', 'fd00', 'fd00::1::2', 'fd00::g', 'fe80::1%eth0', '[fd00::1]', 'fd00::1/64', 'pve1',
  ])('refuses "%s"', (text) => expect(parseAddress(text)).toBeUndefined()); // prettier-ignore
});

describe('formatAddress', () => {
  it.each([
    ['FD00:0:0:0:0:0:0:5', 'fd00::5'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['0:0:0:0:0:0:0:0', '::'],
  ])('writes %s as %s (RFC 5952)', (text, canonical) => {
    expect(formatAddress(parseAddress(text) as Address)).toBe(canonical);
  });

  it('is read back as the same address', () => {
    fc.assert(fc.property(address, (of) => expect(parseAddress(formatAddress(of))).toEqual(of)));
  });
});

describe('nthAddress', () => {
  it.each([
    ['10.0.0.20', 0, '10.0.0.20'],
    ['10.0.0.250', 10, '10.0.1.4'],
    ['fd00::fffe', 3, 'fd00::1:1'],
  ])('%s plus %d is %s', (first, index, expected) => expect(nthAddress(first, index)).toBe(expected));

  it.each([
    ['10.0.0', 1],
    ['255.255.255.255', 1],
    ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 1],
  ])('%s plus %d is nothing', (first, index) => expect(nthAddress(first, index)).toBeUndefined());

  it('counts: each index has its own address, in order', () => {
    fc.assert(
      fc.property(address, fc.nat(65535), (of, index) => {
        const text = nthAddress(formatAddress(of), index);
        if (of.value + BigInt(index) > MAX[of.version]) expect(text).toBeUndefined();
        else expect(parseAddress(text ?? '')).toEqual({ ...of, value: of.value + BigInt(index) });
      }),
    );
  });
});

describe('parseSubnet', () => {
  it('reads network, last address and prefix, and keeps the text', () => {
    expect(parseSubnet('192.168.10.5/24')).toEqual({
      text: '192.168.10.5/24',
      version: 4,
      prefix: 24,
      network: 0xc0a80a00n,
      last: 0xc0a80affn,
    });
    expect(parseSubnet('0.0.0.0/0')).toMatchObject({ network: 0n, last: MAX[4] });
    expect(parseSubnet('fd00::1/128')).toMatchObject({ prefix: 128, version: 6 });
  });

  it.each([
    '',
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/24/24',
    'fd00::/129',
    'lan/24',
  ])('refuses "%s"', (text) => expect(parseSubnet(text)).toBeUndefined());

  it('holds its own addresses only, and formats to itself', () => {
    fc.assert(
      fc.property(subnet, address, (text, other) => {
        const parsed = parseSubnet(text);
        if (!parsed) throw new Error(`${text} is a subnet`);
        const { version, network, last, prefix } = parsed;
        expect(last - network + 1n).toBe(1n << BigInt((version === 4 ? 32 : 128) - prefix));
        expect(contains(parsed, { version, value: network })).toBe(true);
        expect(contains(parsed, { version, value: last })).toBe(true);
        expect(contains(parsed, { version, value: last + 1n })).toBe(false);
        expect(contains(parsed, { version, value: network - 1n })).toBe(false);
        if (other.version !== version) expect(contains(parsed, other)).toBe(false);
        expect(parseSubnet(formatSubnet(parsed))).toMatchObject({ version, network, last, prefix });
      }),
    );
  });
});

it('overlap is what both have in common, in either order', () => {
  fc.assert(
    fc.property(subnet, subnet, (one, two) => {
      const [a, b] = [parseSubnet(one), parseSubnet(two)];
      if (!a || !b) throw new Error('both are subnets');
      expect(overlap(a, a)).toBe(true);
      expect(overlap(a, b)).toBe(overlap(b, a));
      const common =
        a.version === b.version &&
        (contains(a, { version: b.version, value: b.network }) ||
          contains(b, { version: a.version, value: a.network }));
      expect(overlap(a, b)).toBe(common);
    }),
  );
});

describe('parseAddressRange', () => {
  it.each([
    ['10.0.0.100-10.0.0.200', 0x0a000064n, 0x0a0000c8n],
    ['10.0.0.100 - 10.0.0.100', 0x0a000064n, 0x0a000064n],
    ['fd00::-fd00::1', 0xfd000000000000000000000000000000n, 0xfd000000000000000000000000000001n],
  ])('reads %s', (text, first, last) => {
    expect(parseAddressRange(text)).toMatchObject({ first: { value: first }, last: { value: last } });
  });

  it.each([
    '',
    '10.0.0.1',
    '10.0.0.2-10.0.0.1',
    '10.0.0.1-fd00::1',
    '10.0.0.1-10.0.0.2-10.0.0.3',
    '10.0.0.1-9',
  ])('refuses "%s"', (text) => expect(parseAddressRange(text)).toBeUndefined());
});

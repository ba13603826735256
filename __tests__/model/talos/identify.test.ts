import type { Nic } from '../../../model/cluster/cluster';
import { foreignMachine } from '../../../model/talos/identify';

const UUID = '8f3c5a7e-0000-5000-8000-000000000001';
const MAC = 'BC:24:11:00:00:01';
const node = (uuid?: string) => ({ nics: [{ mac: MAC } as Nic], ...(uuid === undefined ? {} : { uuid }) });

it.each([
  ['both are right', UUID, { uuid: UUID, macs: ['bc:24:11:00:00:99', MAC.toLowerCase()] }],
  ['its links are not told', UUID, { uuid: UUID, macs: [] }],
  [
    'an adopted VM keeps its UUID, which nobody has written down',
    undefined,
    { uuid: 'other', macs: [MAC.toLowerCase()] },
  ],
])('is the node: %s', (_, uuid, found) => expect(foreignMachine(node(uuid), found)).toBeUndefined());

it.each([
  [
    'another UUID',
    UUID,
    { uuid: 'other', macs: [MAC.toLowerCase()] },
    /its UUID is other, and that of the node 8f3c/,
  ],
  [
    'another MAC',
    UUID,
    { uuid: UUID, macs: ['aa:aa:aa:aa:aa:aa'] },
    /it has the MAC aa:aa:aa:aa:aa:aa, and the node bc:24/,
  ],
  ['nothing is told', UUID, { uuid: '', macs: [] }, /tells neither its UUID nor its MAC/],
  ['only a UUID, and none to compare', undefined, { uuid: 'other', macs: [] }, /tells neither/],
])('is another machine: %s', (_, uuid, found, expected) =>
  expect(foreignMachine(node(uuid), found)).toMatch(expected),
);

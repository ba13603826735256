import { readMachines } from '../../../model/omni/read-machines';
import { baseInventory, nodeOf, omnictlText, rawStatus, TOKEN } from '../../testing/inventory';

const node = nodeOf(baseInventory(), 'cp-1');

const read = (text: string) => {
  const result = readMachines(text);
  if ('problem' in result) throw new Error(result.problem);
  return result.machines;
};

describe('readMachines', () => {
  it('takes empty output as no machines', () => {
    expect(read('')).toEqual([]);
  });

  it('reads 200 machines', () => {
    const statuses = Array.from({ length: 200 }, (_, i) => rawStatus(node, { id: `id-${i}` }));
    expect(read(omnictlText(statuses)).map(({ metadata }) => metadata.id)).toEqual(
      Array.from({ length: 200 }, (_, i) => `id-${i}`),
    );
  });

  it('keeps no join token, wherever Omni shows it', () => {
    const text = omnictlText([rawStatus(node, { spec: { anew: { deep: [TOKEN] } } })]);
    expect(text.split(TOKEN)).toHaveLength(5);
    expect(JSON.stringify(read(text))).not.toContain(TOKEN);
  });

  it('makes strings of the labels that omnictl re-types, and drops those of Omni but the cluster', () => {
    const labels = {
      a: 12,
      b: true,
      c: 1.1,
      d: null,
      e: 'x',
      'omni.sidero.dev/cluster': 12,
      'omni.sidero.dev/cpu': 4,
    };
    expect(read(omnictlText([rawStatus(node, { labels })]))[0]?.metadata.labels).toEqual({
      a: '12',
      b: 'true',
      c: '1.1',
      d: '',
      e: 'x',
      'omni.sidero.dev/cluster': '12',
    });
  });

  it('reads null where a machine has told nothing yet', () => {
    const [machine] = read('{"metadata":{"id":"x","labels":null},"spec":{"network":null,"connected":true}}');
    expect(machine).toEqual({
      metadata: { id: 'x', labels: {} },
      spec: {
        cluster: '',
        connected: true,
        maintenance: false,
        role: 0,
        talosversion: '',
        hardware: null,
        network: null,
        platformmetadata: { platform: '' },
        schematic: null,
      },
    });
  });

  it('tells of an unknown form with the place', () => {
    expect(readMachines('{"metadata":{"id":"x"},"spec":{"network":{"networklinks":"no"}}}')).toEqual({
      problem: 'object 1: spec.network.networklinks must be a list',
    });
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseYaml } from '../../../model/cluster/definition/yaml';
import { PROJECT_ROOT } from '../../../tools/paths';

const HOME = readFileSync(join(PROJECT_ROOT, 'clusters/home.yaml'), 'utf8');
const { value, source } = parseYaml('home.yaml', HOME);
const WORKER = ['workers', 0, 'name'];

describe('a definition as another editor writes it', () => {
  it.each([
    ['with a byte order mark', `\ufeff${HOME}`],
    ['with the line ends of Windows', HOME.replaceAll('\n', '\r\n')],
    ['with the line ends of an old Mac', HOME.replaceAll('\n', '\r')],
    ['with all of it', `\ufeff${HOME.replaceAll('\n', '\r\n')}`],
  ])('%s is the same, with its places', (_, text) => {
    const read = parseYaml('home.yaml', text);
    expect(read.diagnostics).toEqual([]);
    expect(read.value).toEqual(value);
    expect(read.source.locate(WORKER)).toEqual(source.locate(WORKER));
  });

  it('with a sign that looks like a space in a text keeps it', () => {
    const text = 'a: "x\u00a0y"\nb:\n  - z\u00a0: 1\nc: |\n  one\n  \u00a0two three\n';
    expect(parseYaml('f', text)).toMatchObject({
      value: { a: 'x\u00a0y', b: [{ 'z\u00a0': 1 }], c: 'one\n\u00a0two three\n' },
      diagnostics: [],
    });
  });

  it('keeps numbers with zeros before them as YAML 1.2 has them, and MAC addresses as texts', () => {
    const text = 'vlan_id: 010\nmac: 02:42:10:00:00:01\nmode: 0755\n';
    expect(parseYaml('f', text).value).toEqual({ vlan_id: 10, mac: '02:42:10:00:00:01', mode: 755 });
  });
});

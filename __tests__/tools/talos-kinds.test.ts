import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../tools/paths';
import { kindsSource } from '../../tools/talos-kinds/source';

const keys = { machine: ['type'], cluster: ['id'] };

describe('the documents that Talos knows', () => {
  it('are written with the first minor that knows them', () => {
    const source = kindsSource({
      '1.10': { kinds: ['OldConfig'], keys },
      '1.9': { kinds: ['OldConfig'], keys },
      '1.11': { kinds: ['NewConfig', 'OldConfig'], keys },
    });
    expect(source).toContain('NEWEST_MINOR = 11;');
    expect(source).toMatch(/new Map\(\[\s*\['OldConfig', 9\],\s*\['NewConfig', 11\],?\s*\]\)/);
    expect(source).toMatch(/machine: \['type'\],\s*cluster: \['id'\]/);
  });

  it('are not written where the file could not say what a minor no longer knows', () => {
    const gone = { '1.10': { kinds: ['OldConfig'], keys }, '1.11': { kinds: ['NewConfig'], keys } };
    expect(() => kindsSource(gone)).toThrow('Talos 1.11 no longer knows OldConfig');
    const other = {
      '1.10': { kinds: ['A'], keys },
      '1.11': { kinds: ['A'], keys: { machine: [], cluster: [] } },
    };
    expect(() => kindsSource(other)).toThrow('Talos 1.11 has other keys');
  });

  it('are those of the talosctl that the tests run', () => {
    const read = (file: string): string => readFileSync(join(PROJECT_ROOT, 'tools', file), 'utf8');
    const pins = JSON.parse(read('talos-kinds/machinery.json')) as Record<string, { version: string }>;
    const pinned = (module: string) => /siderolabs\/talos (v\S+)/.exec(read(`${module}/go.mod`))?.[1];
    expect([pinned('talos'), pinned('talos-1.13')]).toEqual([pins['1.12']?.version, pins['1.13']?.version]);
  });
});

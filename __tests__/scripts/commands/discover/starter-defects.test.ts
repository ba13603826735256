/** Defects of the starter's discover-machines.sh, by number. Each test fails on what the script did. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../../../scripts/lib/platform/exec';
import { PROJECT_ROOT } from '../../../../tools/paths';
import { answer, answers, discover, UNREACHABLE, WORKER } from '../../../testing/discover';
import { rawStatus, omnictlText, TOKEN } from '../../../testing/inventory';

describe('defects of the starter', () => {
  it('D2: one machine that is not in Omni makes it fail, although the others are', async () => {
    const { code, stderr } = await discover(answers(answer()));
    expect(code).toBe(1);
    expect(stderr).toContain('error[live-omni-missing] worker-1: ');
  });

  it('D4: what it writes is ignored by git, and holds no join token', async () => {
    const { files } = await discover(answers(answer({})));
    expect(Object.keys(files())).toHaveLength(5);
    expect(JSON.stringify(files())).not.toContain(TOKEN);
    const ignored = await run('git', ['check-ignore', 'machine-data/home/matched-machines.json'], {
      cwd: PROJECT_ROOT,
    });
    expect(ignored.code).toBe(0);
  });

  it('D6: an Omni that does not answer is an error, and not an Omni without machines', async () => {
    const { stderr, files } = await discover(answers(UNREACHABLE), { allowPartial: true });
    expect(stderr).toBe('home: error[omni-unreachable] Omni is away\nnothing written\n');
    expect(files()).toEqual({});
  });

  it('D14: the cluster is the one that is named, never one that is asked for or guessed', async () => {
    const { code, stderr } = await discover(answers(answer({})), { cluster: 'talos-cluster' });
    expect(code).toBe(1);
    expect(stderr).toContain(
      'inventory.json: error[inventory-format] cp-1: belongs to cluster "home", not "talos-cluster"',
    );
  });

  it('D16: it counts machines, not lines: braces and line breaks in names change nothing', async () => {
    const odd = answer({ labels: { odd: '}\n{ "id": "x" }' } });
    expect((await discover(answers(odd.replaceAll('\n', '')))).stderr).toContain('5 of 5 machines matched\n');
  });

  it('D17: a record without network data is tolerated and named, the others match', async () => {
    const { stdout, stderr } = await discover(answers(answer({ macs: null })));
    expect(stdout.match(/ matched /g)).toHaveLength(4);
    expect(stderr).toContain(`worker-1: ${WORKER.smbios_uuid} has joined, but no network data yet`);
  });

  it('D17: of two records with one MAC it takes none, whichever comes first', async () => {
    const stale = omnictlText([rawStatus(WORKER, { id: '00000000-0000-4000-8000-000000000000' })]);
    for (const text of [answer({}) + stale, stale + answer({})]) {
      const { stderr, files } = await discover(answers(text));
      expect(stderr).toContain('error[live-omni-duplicate-mac] worker-1: ');
      expect(files()).toEqual({});
    }
  });

  it('D18: a run that fails at its first check leaves the results of the last one', async () => {
    const first = await discover(answers(answer({})));
    const good = first.files();
    writeFileSync(join(first.folder, 'broken.json'), '');
    const { code, files } = await discover(answers(answer({})), { inventory: 'broken.json' }, first);
    expect(code).toBe(1);
    expect(files()).toEqual(good);
  });
});

import {
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { removeLeftovers, temporaryFolder as make } from '../../../../scripts/lib/platform/temporary';
import { temporaryFolder } from '../../../testing/terraform';

/** No process has this number: it is above all that systems give. */
const DEAD = '2147483646';

describe('a temporary folder', () => {
  it('is for its owner only, says whose it is, and goes', () => {
    const parent = join(temporaryFolder(), 'not', 'there');
    const { path, remove } = make('plan', parent);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(basename(path)).toMatch(
      new RegExp(`^\\.talos-proxmox-plan-${process.pid}-\\d+-[0-9a-f]{8}-\\w{6}$`),
    );
    writeFileSync(join(path, 'plan'), '');
    remove();
    remove();
    expect(readdirSync(parent)).toEqual([]);
  });
});

describe('what runs have left behind', () => {
  let parent = '';
  let own = '';

  beforeEach(() => {
    parent = temporaryFolder();
    own = make('plan', parent).path;
  });

  /** A folder with a file in it, under the name of one of ours after some changes. */
  function leave(changed: (name: string) => string, file = 'plan'): string {
    const path = join(parent, changed(basename(own)));
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), 'secret');
    return path;
  }

  const sweep = (): string[] => removeLeftovers([parent], [join(parent, 'tmp')]);

  it('goes when its process is dead, or another process has its number by now', () => {
    const dead = leave((name) => name.replace(`-${process.pid}-`, `-${DEAD}-`));
    const reused = leave((name) => name.replace(/-(\d+)-(\d+)-/, '-$1-1$2-'));
    const state = leave(() => `.state-${DEAD}-home`, 'state.json');
    const initialised = leave(() => `.state-${DEAD}-lab`, '.terraform/terraform.tfstate');
    expect(sweep()).toEqual([]);
    expect([dead, reused, state, initialised].filter((path) => existsSync(path))).toEqual([]);
  });

  it('stays when it is of a living process, of another machine or container, or not ours', () => {
    const foreign = leave((name) =>
      name.replace(/-[0-9a-f]{8}-/, '-00000000-').replace(/-\d+-/, `-${DEAD}-`),
    );
    const others = leave(() => `talos-proxmox-${DEAD}`);
    const alive = leave(() => `.state-${process.pid}-home`);
    const young = leave(() => '.adopt-abcdef');
    const link = join(parent, basename(own).replace(`-${process.pid}-`, `-${DEAD}-`));
    symlinkSync(others, link);
    expect(sweep()).toEqual([]);
    for (const path of [foreign, others, alive, young, own, link]) expect(existsSync(path)).toBe(true);
  });

  it('goes after a day where its name does not say whose it is', () => {
    const old = leave(() => '.adopt-abcdef');
    utimesSync(old, 0, 0);
    sweep();
    expect(existsSync(old)).toBe(false);
  });

  it.each(['errored.tfstate', 'stacks/home/terraform.tfstate', 'terraform.tfstate.backup'])(
    'is kept and named when it holds a state: %s',
    (file) => {
      const path = leave((name) => name.replace(`-${process.pid}-`, `-${DEAD}-`), file);
      expect(sweep()).toEqual([path]);
      expect(existsSync(join(path, file))).toBe(true);
    },
  );

  it('in the folder of the system is only what says whose it is', () => {
    const tmp = join(parent, 'tmp');
    for (const name of [`.state-${DEAD}-home`, '.adopt-abcdef', 'plan-abcdef']) {
      mkdirSync(join(tmp, name), { recursive: true });
      utimesSync(join(tmp, name), 0, 0);
    }
    mkdirSync(join(tmp, basename(own).replace(/^\./, '').replace(`-${process.pid}-`, `-${DEAD}-`)));
    sweep();
    expect(readdirSync(tmp).sort()).toEqual(['.adopt-abcdef', `.state-${DEAD}-home`, 'plan-abcdef']);
  });
});

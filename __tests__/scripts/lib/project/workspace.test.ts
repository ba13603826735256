import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { definitionsIn, outputIn } from '../../../../model/load/workspace';
import { main } from '../../../../scripts/cli';
import { clusterNameIn } from '../../../../scripts/commands/adopt/sources';
import { definitionFile, newDefinition, targetOf } from '../../../../scripts/lib/project/workspace';
import { PROJECT_ROOT } from '../../../../tools/paths';
import { temporaryFolder } from '../../../testing/terraform';

const HOME = readFileSync(join(PROJECT_ROOT, 'clusters/home.yaml'), 'utf8');

/** A folder to work in, with these files. */
function workspace(files: Readonly<Record<string, string>> = { 'clusters/home.yaml': HOME }): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  process.chdir(folder);
  return folder;
}

const run = async (...args: string[]) => {
  let [out, err] = ['', ''];
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  return { code: await main(args, io), out, err };
};

const { CLUSTERS } = process.env;

afterEach(() => {
  process.chdir(PROJECT_ROOT);
  if (CLUSTERS === undefined) delete process.env['CLUSTERS'];
  else process.env['CLUSTERS'] = CLUSTERS;
});

describe('the environment', () => {
  it('says nothing where it is empty', () => {
    expect(definitionsIn({})).toBe('clusters');
    expect(definitionsIn({ CLUSTERS: '' })).toBe('clusters');
    expect(definitionsIn({ CLUSTERS: 'lab.yaml' })).toBe('lab.yaml');
    expect(outputIn({})).toBeUndefined();
    expect(outputIn({ CDKTF_OUTDIR: '', CDKTF_OUTPUT: '' })).toBeUndefined();
    expect(outputIn({ CDKTF_OUTDIR: 'a', CDKTF_OUTPUT: 'b' })).toBe('a');
    expect(outputIn({ CDKTF_OUTPUT: 'b' })).toBe('b');
  });

  it('is read in one place', () => {
    const read = ['model', 'constructs', 'scripts'].flatMap((folder) =>
      readdirSync(join(PROJECT_ROOT, folder), { recursive: true })
        .map((name) => join(folder, String(name)))
        .filter((file) => file.endsWith('.ts'))
        .filter((file) =>
          /env(?:\.|\[['"])(?:CLUSTERS|CDKTF_OUT)/.test(readFileSync(join(PROJECT_ROOT, file), 'utf8')),
        ),
    );
    expect(read).toEqual(['model/load/workspace.ts']);
  });
});

describe('an argument', () => {
  it('is a name, or a path', () => {
    workspace();
    expect(targetOf(undefined)).toEqual({ definitions: 'clusters' });
    expect(targetOf('home')).toEqual({ cluster: 'home', definitions: 'clusters' });
    expect(targetOf('clusters')).toEqual({ definitions: 'clusters' });
    expect(targetOf('clusters/home.yaml')).toEqual({ definitions: 'clusters/home.yaml' });
    expect(targetOf('home.yaml')).toEqual({ definitions: 'home.yaml' });
    expect(targetOf('./home', 'x')).toEqual({ definitions: './home' });
  });

  it('is the cluster where a folder is called like it', () => {
    workspace({
      'clusters/home.yaml': HOME,
      'home/other.yaml': HOME,
      'docs/readme.md': '',
      'lab/a.yaml': HOME,
    });
    expect(targetOf('home')).toEqual({ cluster: 'home', definitions: 'clusters' });
    expect(targetOf('docs')).toEqual({ cluster: 'docs', definitions: 'clusters' });
    expect(targetOf('lab')).toEqual({ definitions: 'lab' });
  });

  it('finds the file that is called like a cluster', () => {
    workspace({ 'clusters/a.yml': '', 'clusters/b.tfvars': '' });
    expect(['a', 'b', 'c'].map((name) => definitionFile(name, 'clusters'))).toEqual([
      'clusters/a.yml',
      'clusters/b.tfvars',
      undefined,
    ]);
    expect(definitionFile('a', 'clusters/a.yml')).toBeUndefined();
  });
});

describe('a verb', () => {
  it.each(['validate', 'doctor'])('%s takes a name, a path, or nothing', async (verb) => {
    workspace();
    for (const CLUSTERS of [undefined, '', 'clusters', 'clusters/home.yaml']) {
      if (CLUSTERS === undefined) delete process.env['CLUSTERS'];
      else process.env['CLUSTERS'] = CLUSTERS;
      for (const args of [[], ['home'], ['clusters/home.yaml'], ['clusters']]) {
        const { out, err } = await run(verb, ...args);
        expect(out + err).toContain('home');
        expect(out + err).not.toContain('definition-file');
      }
    }
    const { code, err } = await run(verb, 'hom');
    expect({ code, err }).toEqual({
      code: 1,
      err: 'clusters/home.yaml: error[definition-file] no definition of a cluster "hom"; did you mean "home"?\n',
    });
  });

  it.each(['discover', 'status', 'review', 'drift', 'up', 'apply', 'generate', 'move-state'])(
    '%s asks for the name where there are several',
    async (verb) => {
      delete process.env['CLUSTERS'];
      const { code, err } = await run(verb);
      expect(code).toBe(1);
      expect(err).toContain('error: name a cluster; defined: datacenter, gpu, home, single, storage\n');
    },
  );

  it.each(['discover', 'status'])('%s takes the only cluster', async (verb) => {
    workspace();
    delete process.env['CLUSTERS'];
    for (const args of [[], ['home'], ['clusters/home.yaml']]) {
      const { err } = await run(verb, ...args, '--inventory', 'missing.json');
      expect(err).toContain('missing.json: error[inventory-format]');
    }
  });
});

describe('adopt', () => {
  it('writes the file that CLUSTERS names, or one in the folder', () => {
    workspace();
    expect(newDefinition('home', 'clusters')).toBe('clusters/home.yaml');
    expect(newDefinition('home', 'none')).toBe('none/home.yaml');
    expect(newDefinition('home', 'clusters/mine.yaml')).toBe('clusters/mine.yaml');
    expect(newDefinition('home', 'clusters/terraform.tfvars')).toBe('clusters/home.yaml');
  });

  it('takes the name of the only definition there is to build upon', async () => {
    workspace();
    writeFileSync('servers.yaml', 'talos_version: v1.11.5\n');
    expect(await clusterNameIn([], 'clusters')).toBe('home');
    expect(await clusterNameIn([], 'clusters/home.yaml')).toBe('home');
    expect(await clusterNameIn(['servers.yaml'], 'clusters')).toBeUndefined();
    expect(await clusterNameIn(['state.json'], 'clusters')).toBe('home');
    writeFileSync('clusters/lab.yaml', 'cluster_name: lab\n');
    expect(await clusterNameIn([], 'clusters')).toBeUndefined();
    const { code, err } = await run('adopt');
    expect(code).toBe(1);
    expect(err).toContain('error: name the cluster: npm run adopt -- <cluster>');
  });
});

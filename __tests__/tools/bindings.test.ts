import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllowList, setAllowListVersion, type AllowListEntry } from '../../tools/bindings/allow-list';
import { applyDifferences, compareFolders, listFiles } from '../../tools/bindings/folder-diff';
import { readVersionSources } from '../../tools/bindings/generate';
import { pruneSchema, renderSchema } from '../../tools/bindings/prune';
import {
  findVersionDisagreements,
  setCdktfVersion,
  type VersionSources,
} from '../../tools/bindings/versions';
import { mirrorPath, parseGoTool, platformOf, sourceOf } from '../../tools/provider-module';

const ADDRESS = 'registry.terraform.io/acme/cloud';
const ENTRY: AllowListEntry = {
  source: 'acme/cloud',
  version: '1.2.3',
  resources: ['cloud_vm'],
  dataSources: ['cloud_zone'],
};
const block = (description: string) => ({
  version: 0,
  block: { description, attributes: { b: 1, a: [2, 1] } },
});
const RAW = {
  provider_schemas: {
    [ADDRESS]: {
      resource_schemas: { cloud_vm: block('A machine'), cloud_disk: block('A disk') },
      provider: block('The provider'),
      data_source_schemas: { cloud_zone: block('A zone'), cloud_user: block('A user') },
      functions: { double: {} },
    },
  },
  format_version: '1.0',
};

describe('pruneSchema', () => {
  it('keeps the provider and the allow-listed names, and adds the version', () => {
    expect(pruneSchema(RAW, 'cloud', ENTRY)).toEqual({
      format_version: '1.0',
      provider_schemas: {
        [ADDRESS]: {
          provider: block('The provider'),
          resource_schemas: { cloud_vm: block('A machine') },
          data_source_schemas: { cloud_zone: block('A zone') },
        },
      },
      provider_versions: { [ADDRESS]: '1.2.3' },
    });
  });

  it('keeps everything of a section that says all', () => {
    const pruned = pruneSchema(RAW, 'cloud', { ...ENTRY, resources: 'all' });
    expect(renderSchema(pruned)).toContain('cloud_disk');
    expect(renderSchema(pruned)).not.toContain('cloud_user');
  });

  it('sorts the keys at every depth and leaves lists in order', () => {
    const text = renderSchema(pruneSchema(RAW, 'cloud', ENTRY));
    const reversed = JSON.parse(text, (_key, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).reverse())
        : value,
    ) as unknown;
    expect(Object.keys(reversed as object)).toEqual([
      'provider_versions',
      'provider_schemas',
      'format_version',
    ]);
    expect(renderSchema(pruneSchema(reversed, 'cloud', ENTRY))).toBe(text);
    expect(text).toContain('"a": [\n');
    expect(text.indexOf('"a": [')).toBeLessThan(text.indexOf('"b": 1'));
    expect(text).toMatch(/2,\n\s+1\n/);
  });

  it('gives the same bytes when it prunes its own result', () => {
    const once = renderSchema(pruneSchema(RAW, 'cloud', ENTRY));
    expect(renderSchema(pruneSchema(JSON.parse(once), 'cloud', ENTRY))).toBe(once);
  });

  it('names every allow-listed name that the provider lacks', () => {
    const entry = { ...ENTRY, resources: ['cloud_vm', 'cloud_nat'], dataSources: ['toString'] };
    expect(() => pruneSchema(RAW, 'cloud', entry)).toThrow(
      [
        'acme/cloud 1.2.3 has no',
        '  resource cloud_nat',
        '  data source toString',
        'named in schemas/allow-list.yaml under "cloud": remove or rename it there.',
      ].join('\n'),
    );
  });

  it.each([
    [
      'another provider',
      { provider_schemas: { 'registry.terraform.io/x/y': {} } },
      'registry.terraform.io/x/y',
    ],
    ['something else', 'text', 'no provider_schemas at all'],
  ])('refuses the schema of %s', (_what, raw, found) => {
    expect(() => pruneSchema(raw, 'cloud', ENTRY)).toThrow(
      `no schema of ${ADDRESS} in the input (found: ${found})`,
    );
  });
});

const ALLOW_LIST = `# why
cloud:
  source: acme/cloud
  version: 1.2.3
  resources:
    # the machines
    - cloud_vm
  data_sources: all
`;
const CDKTF_JSON = '{\n  "terraformProviders": ["acme/cloud@1.2.3"],\n  "codeMakerOutput": ".gen"\n}\n';
const GO_MOD = `module x

go 1.26.0

tool github.com/acme/terraform-provider-cloud

require (
\tgithub.com/acme/terraform-provider-cloud v1.2.3 // indirect
\tgithub.com/acme/terraform v0.9.0 // indirect
)
`;

describe('parseAllowList', () => {
  it('reads names and "all"', () => {
    expect(parseAllowList(ALLOW_LIST)).toEqual({ cloud: { ...ENTRY, dataSources: 'all' } });
  });

  it.each([
    ['a version constraint', ALLOW_LIST.replace('1.2.3', '"~> 1.2"'), 'must be an exact version'],
    ['an unknown key', `${ALLOW_LIST}  functions: all\n`, 'functions'],
    ['a key that is not the name', ALLOW_LIST.replace('cloud:', 'clouds:'), 'must be "cloud", not "clouds"'],
  ])('refuses %s', (_what, text, message) => {
    expect(() => parseAllowList(text)).toThrow(message);
  });

  it('changes only the version when it sets one', () => {
    expect(setAllowListVersion(ALLOW_LIST, 'cloud', '1.10.0')).toBe(ALLOW_LIST.replace('1.2.3', '1.10.0'));
  });
});

describe('findVersionDisagreements', () => {
  const agreeing: VersionSources = {
    allowList: parseAllowList(ALLOW_LIST),
    cdktfJson: CDKTF_JSON,
    schemas: { 'cloud@1.2.3.json': JSON.stringify({ provider_versions: { [ADDRESS]: '1.2.3' } }) },
    goMods: { cloud: GO_MOD },
  };

  it('finds nothing when all places agree', () => {
    expect(findVersionDisagreements(agreeing)).toEqual([]);
  });

  it('asks for no Go module', () => {
    expect(findVersionDisagreements({ ...agreeing, goMods: {} })).toEqual([]);
  });

  it.each<[string, Partial<VersionSources>, string[]]>([
    [
      'cdktf.json has another version',
      { cdktfJson: CDKTF_JSON.replace('1.2.3', '1.3.0') },
      ['cdktf.json: terraformProviders lacks "acme/cloud@1.2.3" (it has acme/cloud@1.3.0)'],
    ],
    [
      'cdktf.json has one more provider',
      { cdktfJson: CDKTF_JSON.replace('"acme/cloud@1.2.3"', '"acme/cloud@1.2.3", "acme/dns@1.0.0"') },
      ['cdktf.json: "acme/dns@1.0.0" is not in schemas/allow-list.yaml'],
    ],
    [
      'the schema is of another version',
      { schemas: { 'cloud@1.2.2.json': '{}' } },
      [
        'schemas/cloud@1.2.3.json does not exist (allow-list: acme/cloud 1.2.3)',
        'schemas/cloud@1.2.2.json belongs to no version in the allow-list',
      ],
    ],
    [
      'the schema was renamed by hand',
      { schemas: { 'cloud@1.2.3.json': JSON.stringify({ provider_versions: { [ADDRESS]: '1.2.2' } }) } },
      ['schemas/cloud@1.2.3.json: provider_versions says 1.2.2, not 1.2.3'],
    ],
    [
      'the Go module pins another version',
      { goMods: { cloud: GO_MOD.replace('cloud v1.2.3', 'cloud v1.2.4') } },
      ['tools/providers/cloud/go.mod: version 1.2.4, the allow-list has 1.2.3'],
    ],
    [
      "the Go module pins someone's fork",
      { goMods: { cloud: GO_MOD.replaceAll('acme/terraform-', 'fork/terraform-') } },
      ['tools/providers/cloud/go.mod: pins fork/cloud, the allow-list has acme/cloud'],
    ],
  ])('tells that %s', (_what, change, expected) => {
    expect(findVersionDisagreements({ ...agreeing, ...change })).toEqual(expected);
  });

  it('finds nothing in this repository', () => {
    expect(findVersionDisagreements(readVersionSources())).toEqual([]);
  });

  it('is satisfied by what the bump command writes', () => {
    expect(setCdktfVersion(CDKTF_JSON, 'acme/cloud', '2.0.0')).toBe(CDKTF_JSON.replace('1.2.3', '2.0.0'));
    expect(() => setCdktfVersion(CDKTF_JSON, 'acme/dns', '2.0.0')).toThrow('no "acme/dns@…"');
  });
});

describe('provider module', () => {
  const linux = platformOf('linux', 'x64');

  it('reads the pinned provider from go.mod', () => {
    const tool = parseGoTool(GO_MOD);
    const module = 'github.com/acme/terraform-provider-cloud';
    expect(tool).toEqual({ package: module, module, version: '1.2.3' });
    expect(sourceOf(tool)).toBe('acme/cloud');
  });

  it.each([
    ['no tool', GO_MOD.replace(/^tool .*$/m, ''), 'exactly one "tool" line, found 0'],
    ['a tool without version', GO_MOD.replace(/^\t.*cloud v.*$/m, ''), 'no "require" line'],
  ])('refuses a go.mod with %s', (_what, text, message) => {
    expect(() => parseGoTool(text)).toThrow(message);
  });

  it('puts the binary where Terraform looks for it', () => {
    expect(mirrorPath('registry.terraform.io', 'acme/cloud', '1.2.3', linux)).toBe(
      join(
        'registry.terraform.io',
        'acme',
        'cloud',
        '1.2.3',
        'linux_amd64',
        'terraform-provider-cloud_v1.2.3',
      ),
    );
    expect(mirrorPath('h', 'acme/cloud', '1.2.3', platformOf('win32', 'arm64'))).toMatch(
      /windows_arm64.terraform-provider-cloud_v1\.2\.3\.exe$/,
    );
  });
});

describe('folder comparison', () => {
  let root = '';
  const write = (path: string, text: string): void => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'bindings-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('lists and removes every difference', () => {
    write('old/same.ts', '1');
    write('old/a/changed.ts', '1');
    write('old/gone/removed.ts', '1');
    write('new/same.ts', '1');
    write('new/a/changed.ts', '2');
    write('new/b/added.ts', '1');
    const [before, after] = [join(root, 'old'), join(root, 'new')];
    const differences = compareFolders(before, after);
    expect(differences).toEqual([
      { kind: 'changed', path: 'a/changed.ts' },
      { kind: 'added', path: 'b/added.ts' },
      { kind: 'removed', path: 'gone/removed.ts' },
    ]);
    applyDifferences(before, after, differences);
    expect(compareFolders(before, after)).toEqual([]);
    expect(listFiles(before)).toEqual(['a/changed.ts', 'b/added.ts', 'same.ts']);
    expect(readFileSync(join(before, 'a/changed.ts'), 'utf8')).toBe('2');
  });
});

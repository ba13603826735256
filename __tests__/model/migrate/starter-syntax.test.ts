import fc from 'fast-check';
import { formatDiagnostic } from '../../../model/diagnostics/diagnostics';
import { checkDefinitions } from '../../../model/load/load';
import type { Path } from '../../../model/diagnostics/source';
import { parseStarter, readStarter } from '../../../model/migrate/starter';
import { scan } from '../../../model/migrate/starter/scan';
import { parseTfvars } from '../../../model/migrate/starter/tfvars';

/** The diagnostics of a text alone, without those of the rules. */
const problems = async (text: string) =>
  (await parseStarter('t.tfvars', text)).diagnostics.map(formatDiagnostic);

describe('syntax', () => {
  it.each([
    [
      'a key twice in a map',
      'm = {\n  a = 1\n  b = 2\n  "a" : 3\n}\n',
      '4:3: error[duplicate-key] m.a: the key "a" is already set in line 2; remove one of the two',
    ],
    [
      'a variable twice',
      'a = 1\n# x\na = 2\n',
      '3:1: error[duplicate-key] a: the key "a" is already set in line 1; remove one of the two',
    ],
    [
      'a variable',
      'a = 1\nb = var.secret_value\n',
      '2:5: error[syntax] b: an expression (a variable, a function, arithmetic) cannot be evaluated here; write its value',
    ],
    [
      'a function',
      'm = { a = [1, file("x")] }\n',
      '1:15: error[syntax] m.a[1]: an expression (a variable, a function, arithmetic) cannot be evaluated here; write its value',
    ],
    [
      'a template',
      'a = "x${var.y}"\n',
      '1:5: error[syntax] a: an expression (a variable, a function, arithmetic) cannot be evaluated here; write its value',
    ],
    [
      'arithmetic',
      'a = 1024 * 8\n',
      '1:5: error[syntax] a: an expression (a variable, a function, arithmetic) cannot be evaluated here; write its value',
    ],
    [
      'a block',
      'a = 1\nnetwork_config {\n  vlan_id = 1\n}\n',
      '2:1: error[syntax] network_config: a block is not a value; write network_config = { … }',
    ],
    [
      'a quote that is not closed',
      'a = 1\nb = "abc\nc = 2\n',
      '2:9: error[syntax] the text has no closing quote; end it with " on the same line',
    ],
    [
      'a bracket that is not closed',
      'a = {\n  b = [1,\n',
      '3:1: error[syntax] the file ends before the "[" of line 2 is closed; close it',
    ],
    [
      'single quotes',
      "a = 'x'\n",
      '1:5: error[syntax] this character means nothing here; use straight double quotes for texts',
    ],
    [
      'two keys on one line',
      'm = {\n  a = "x" b = 2\n}\n',
      '2:11: error[syntax] more text after the value; put each key on a line of its own',
    ],
    [
      'a value that is missing',
      'a =\nb = 2\n',
      '1:4: error[syntax] no value starts like this; write a text in straight double quotes, a number, true or false',
    ],
  ])('tells of %s', async (_, text, expected) => {
    const lines = await problems(text);
    expect(lines.filter((line) => line.includes('error['))).toEqual([`t.tfvars:${expected}`]);
  });

  it('tells where the recommendation tool of the starter left out commas', async () => {
    const text = [
      'workers = [',
      '  {',
      '    name = "w-1"',
      '  }',
      '',
      '  {',
      '    name = "w-2"',
      '  }',
      '  # third',
      '  {',
      '    name = "w-3"',
      '  }',
      ']',
      '',
    ];
    expect(await problems(text.join('\n'))).toEqual([
      't.tfvars:6:3: error[syntax] workers[1]: no comma before this item, as in files of the starter\'s recommend-cluster.sh (Terraform: "Missing item separator"); add a comma at the end of line 4',
      't.tfvars:10:3: error[syntax] workers[2]: no comma before this item, as in files of the starter\'s recommend-cluster.sh (Terraform: "Missing item separator"); add a comma at the end of line 8',
    ]);
  });

  it('goes on after a variable that is set twice', async () => {
    const parsed = await parseStarter(
      't.tfvars',
      'cluster_name = "a"\nboot_method = "usb"\ncluster_name = "b"\n',
    );
    expect(parsed.diagnostics.map(({ rule }) => rule)).toEqual(['duplicate-key', 'schema-value']);
    expect(parsed.value).toMatchObject({ cluster_name: 'a' });
  });

  it('takes what HCL allows', async () => {
    const text = [
      '\uFEFF/* block',
      ' comment */ a = "x" // end',
      'b = {"c d" = 1, e : [true, null, -2.5e1,]}',
      'c = <<-EOT',
      '    "not a string" # not a comment',
      '    EOT',
      'd = "$${x} %%{y} \\"q\\" {[("',
      '',
    ].join('\r\n');
    const { values, problems: found } = await parseTfvars(text);
    expect(found).toEqual([]);
    expect(values).toEqual({
      a: 'x',
      b: { 'c d': 1, e: [true, null, -25] },
      c: expect.stringContaining('"not a string" # not a comment') as string,
      d: '${x} %{y} "q" {[(',
    });
  });
});

describe('secrets', () => {
  const PLANTED = 'planted-0f0f-secret';

  it.each([
    ['in its place', `proxmox_servers = { a = { api_token_secret = "${PLANTED}", api_url = 5 } }`],
    ['in the token id', `proxmox_servers = { a = { api_token_id = "u@pve!t=${PLANTED}" } }`],
    ['in the token header', `proxmox_servers = { a = { api_token_id = "PVEAPIToken=u@pve!t=${PLANTED}" } }`],
    ['under an unknown key', `pm_password = "${PLANTED}"\nother_token = ["${PLANTED}"]`],
    ['without quotes', `proxmox_servers = { a = { api_token_secret = ${PLANTED} } }`],
    ['with one quote', `proxmox_servers = {\n a = { api_token_secret = "${PLANTED} }\n}`],
    ['with text after it', `api_token_secret = "${PLANTED}" ${PLANTED}`],
    ['as a block', `api_token_secret "${PLANTED}" {}`],
    [
      'twice',
      `proxmox_servers = { a = { api_token_secret = "${PLANTED}", api_token_secret = "${PLANTED}" } }`,
    ],
  ])('never leave the parser: %s', async (_, text) => {
    const file = await readStarter('t.tfvars', text);
    const loaded = checkDefinitions([file.parsed]);
    expect(JSON.stringify([file, loaded])).not.toContain(PLANTED);
  });
});

describe('scanner', () => {
  /** Writes data as HCL and remembers where each value starts. */
  class Writer {
    text = '';
    readonly places: [Path, { line: number; column: number }][] = [];

    constructor(private readonly newline: string) {}

    variables(values: Record<string, unknown>): this {
      for (const [key, value] of Object.entries(values)) {
        this.text += `${key} = `;
        this.value([key], value);
        this.text += ` # } ] "${this.newline}`;
      }
      return this;
    }

    private value(path: Path, value: unknown): void {
      const lines = this.text.split('\n');
      this.places.push([path, { line: lines.length, column: (lines[lines.length - 1]?.length ?? 0) + 1 }]);
      if (Array.isArray(value)) {
        this.text += '[';
        for (const [i, item] of value.entries()) {
          this.text += i % 2 ? `/* [ */${this.newline}  ` : ' ';
          this.value([...path, i], item);
          this.text += ',';
        }
        this.text += ']';
      } else if (typeof value === 'object' && value !== null) {
        this.text += `{${this.newline}`;
        for (const [key, item] of Object.entries(value)) {
          this.text += `${quote(key)} = `;
          this.value([...path, key], item);
          this.text += `, // {${this.newline}`;
        }
        this.text += '}';
      } else this.text += typeof value === 'string' ? quote(value) : String(value);
    }
  }

  const quote = (text: string): string =>
    `"${text
      .replace(/[\\"]/g, '\\$&')
      .replace(
        /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
        (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
      .replace(/[$%]\{/g, (start) => `${start[0]}${start}`)}"`;

  // A `$` before `${` cannot be told from an escape.
  const text = fc
    .oneof(
      fc.string({ unit: 'grapheme-composite', maxLength: 8 }),
      fc.constantFrom('${a}', '%{if}', '#', '//', '"', '\\', '<<E', '{', ']'),
    )
    .filter((value) => !/[$%]{2}\{/.test(value) && value === value.normalize('NFC') && value !== '__proto__');
  const data = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.integer({ min: -1e9, max: 1e9 }),
      fc.boolean(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(text, tie('value'), { maxKeys: 4 }),
    ),
  })).value;
  const variables = fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_-]{0,5}$/), data, {
    maxKeys: 4,
    noNullPrototype: true,
  });

  it('finds every value where it stands, as the HCL parser reads it', async () => {
    await fc.assert(
      fc.asyncProperty(variables, fc.constantFrom('\n', '\r\n'), async (values, newline) => {
        fc.pre(!/secret|password|passphrase|token|private_key/i.test(JSON.stringify(values)));
        const writer = new Writer(newline).variables(values);
        const parsed = await parseTfvars(writer.text);
        expect(parsed.problems).toEqual([]);
        expect(parsed.values).toEqual(JSON.parse(JSON.stringify(values)));
        for (const [path, place] of writer.places)
          expect([path, parsed.locate(path, 'value')]).toEqual([path, place]);
      }),
      { numRuns: 150 },
    );
  });

  it('ends on any text', () => {
    const part = fc.constantFrom(
      'a',
      ' = ',
      '{',
      '}',
      '[',
      ']',
      '(',
      '"',
      '${',
      ',',
      '\n',
      '#',
      '/*',
      '<<E',
      '1',
      '-',
      ':',
      'for ',
      '\\',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        expect(() => scan(parts.join(''))).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });
});

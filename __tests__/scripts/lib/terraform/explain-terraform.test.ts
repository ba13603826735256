import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { explainTerraform } from '../../../../scripts/lib/terraform/explain-terraform';
import {
  diagnosticsOf,
  doneLine,
  messagesOf,
  toolText,
} from '../../../../scripts/lib/terraform/tool-messages';

const FIXTURES = join(__dirname, '../../../fixtures/tool-errors');
const PLACE = { cluster: 'home', dir: 'cdktf.out/stacks/home' };

/** What the real tools and the real provider said, run on simulated servers. */
const recorded = (tool: string): string[] => readdirSync(join(FIXTURES, tool)).sort();

function explained(tool: string, file: string): string {
  const text = readFileSync(join(FIXTURES, tool, file), 'utf8');
  const messages = text.startsWith('{') ? diagnosticsOf(text) : [toolText(text)];
  return `${file.replace('.txt', '')}\n${explainTerraform(messages, PLACE)
    .map((line) => `  ${line}\n`)
    .join('')}`;
}

describe('an error of a tool', () => {
  it.each(['terraform', 'tofu'])('of %s is told in our words, with the command that helps', (tool) => {
    const expected = join(FIXTURES, `${tool}.expected.txt`);
    const told = recorded(tool)
      .map((file) => explained(tool, file))
      .join('');
    if (process.env['UPDATE_FIXTURES']) writeFileSync(expected, told);
    expect(told).toBe(readFileSync(expected, 'utf8'));
  });

  it('that is not known is told as it is, on one line', () => {
    const messages = [{ severity: 'error', summary: 'Odd', detail: 'two\nlines', address: 'x.y' }];
    expect(explainTerraform(messages, PLACE)).toEqual(['x.y: Odd: two lines']);
    expect(explainTerraform([toolText('')], PLACE)).toEqual(['it said nothing']);
  });

  it('is told once, with what it hits', () => {
    const at = (address: string) => ({
      severity: 'error',
      summary: 'HTTP 401 response - Reason: token expired',
      address,
    });
    const [only = '', ...rest] = explainTerraform(['vm.a', 'vm.b', 'vm.c', 'vm.d'].map(at), PLACE);
    expect(rest).toEqual([]);
    expect(only).toMatch(
      /^Proxmox VE refuses an API token \(401: token expired\); .*\(met at vm\.a, vm\.b and 2 more\)$/,
    );
  });
});

describe('what is done', () => {
  const line = (type: string, action: string, addr = 'proxmox_virtual_environment_vm.w-1') =>
    JSON.stringify({
      '@message': 'x',
      type,
      hook: {
        resource: { addr, resource_type: addr.split('.')[0], resource_name: addr.split('.')[1] },
        action,
        elapsed_seconds: 12,
      },
    });

  it.each([
    [line('apply_complete', 'create'), 'VM w-1: created (12 s)'],
    [line('apply_complete', 'delete', 'other.thing'), 'other.thing: destroyed (12 s)'],
    [line('apply_complete', 'read'), undefined],
    [line('apply_start', 'create'), undefined],
    ['{"broken', undefined],
    ['null', undefined],
    ['{"type":"apply_complete"}', undefined],
  ])('%s', (text, told) => {
    expect(messagesOf(text).map(doneLine)[0]).toBe(told);
  });
});

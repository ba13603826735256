import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { matchedMachinesSchema } from '../../../../model/omni/matched-machines';
import { answer, answers, discover, INVENTORY, UNREACHABLE, WORKER } from '../../../testing/discover';
import { nodeOf, TOKEN } from '../../../testing/inventory';
import { temporaryFolder } from '../../../testing/terraform';

const MISSING =
  'home: error[live-omni-missing] worker-1: no machine with MAC BC:24:11:02:00:00 is in Omni; check that VM 1100 on pve1 (192.168.10.110) is started, has an address and boots an image of this Omni\n';

describe('a complete run', () => {
  it('writes the files of the starter', async () => {
    const { code, stderr, files } = await discover(answers(answer({})));
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: [
        '5 of 5 machines matched',
        'machine-data/home/machine-uuids.txt: written',
        'machine-data/home/mac-to-uuid.txt: written',
        'machine-data/home/ip-to-uuid.txt: written',
        'machine-data/home/unmatched-machines.json: written',
        'machine-data/home/matched-machines.json: written',
        '',
      ].join('\n'),
    });
    const names = ['cp-1', 'cp-2', 'cp-3', 'gpu-1', 'worker-1'];
    const lines = (key: 'hostname' | 'mac_address' | 'ip_address') =>
      names
        .map((name) => `${nodeOf(INVENTORY, name)[key]}=${nodeOf(INVENTORY, name).smbios_uuid}\n`)
        .join('');
    const { 'matched-machines.json': matched = '', ...rest } = files();
    expect(rest).toEqual({
      'machine-uuids.txt': lines('hostname'),
      'mac-to-uuid.txt': lines('mac_address'),
      'ip-to-uuid.txt': lines('ip_address'),
      'unmatched-machines.json':
        '{\n  "cluster": "home",\n  "format_version": 1,\n  "nodes": [],\n  "strangers": []\n}\n',
    });
    const machines = JSON.parse(matched) as unknown;
    expect(machines).toEqual(matchedMachinesSchema.parse(machines));
    expect(machines).toMatchObject(
      names.map((name) => ({
        format_version: 1,
        terraform_name: name,
        hostname: name,
        mac_address: nodeOf(INVENTORY, name).mac_address,
        omni_uuid: nodeOf(INVENTORY, name).smbios_uuid,
        omni_name: nodeOf(INVENTORY, name).smbios_uuid,
        terraform_data: nodeOf(INVENTORY, name),
        omni_data: { spec: { talosversion: 'v1.11.5' } },
      })),
    );
  });

  it('prints one row for each machine, or JSON', async () => {
    const table = (await discover(answers(answer({})))).stdout.split('\n');
    expect(table[0]).toBe('NODE      ROLE           SERVER  VMID  MAC                STATE    OMNI ID');
    expect(table[5]).toBe(
      `worker-1  worker         pve1    1100  BC:24:11:02:00:00  matched  ${WORKER.smbios_uuid}`,
    );
    const json = JSON.parse((await discover(answers(answer({})), { output: 'json' })).stdout) as object;
    expect(json).toMatchObject({ format_version: 1, cluster: 'home', complete: true, diagnostics: [] });
  });

  it('says unchanged the second time, and repairs what a kill has left', async () => {
    const first = await discover(answers(answer({})));
    const good = first.files();
    expect((await discover(answers(answer({})), {}, first)).stderr).not.toContain(': written');
    const data = join(first.folder, 'machine-data/home');
    writeFileSync(join(data, 'mac-to-uuid.txt'), 'half');
    writeFileSync(join(data, '.matched-machines.json.new'), 'half');
    expect((await discover(answers(answer({})), {}, first)).files()).toEqual(good);
  });

  it('writes no join token', async () => {
    const { stdout, stderr, files } = await discover(answers(answer({})), { output: 'json' });
    expect(answer({})).toContain(TOKEN);
    expect(JSON.stringify([stdout, stderr, files()])).not.toContain(TOKEN);
  });

  it('warns where the Talos version of the cluster is unknown', async () => {
    const folder = temporaryFolder();
    const { code, stderr } = await discover(
      answers(answer({})),
      { talosVersion: undefined as never },
      { folder },
    );
    expect(code).toBe(0);
    expect(stderr).toContain(
      'home: warning[live-omni-talos-version] Talos versions are not compared, because no definition without errors names this cluster; give --talos-version\n',
    );
  });
});

describe('a partial run', () => {
  it('fails and leaves the last good files', async () => {
    const first = await discover(answers(answer({})));
    const good = first.files();
    const { code, stderr, files } = await discover(answers(answer()), {}, first);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `${MISSING}4 of 5 machines matched\nnothing written\n`,
    });
    expect(files()).toEqual(good);
  });

  it('writes with --allow-partial what it has, and what it has not', async () => {
    const { code, files } = await discover(answers(answer({ macs: null })), { allowPartial: true });
    expect(code).toBe(0);
    expect(files()['machine-uuids.txt']).not.toContain('worker-1');
    expect(JSON.parse(files()['unmatched-machines.json'] ?? '')).toMatchObject({
      nodes: [
        {
          terraform_name: 'worker-1',
          state: 'missing',
          reason: 'no-network-data',
          rule: 'live-omni-missing',
          omni_uuids: [WORKER.smbios_uuid],
        },
      ],
    });
  });

  it('writes nothing with --allow-partial if nothing matched', async () => {
    const { code, files } = await discover(answers(''), { allowPartial: true });
    expect({ code, files: files() }).toEqual({ code: 1, files: {} });
  });

  it('that cannot write says so and changes nothing', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'machine-data'));
    writeFileSync(join(folder, 'machine-data/home'), '');
    const { code, stderr } = await discover(answers(answer({})), {}, { folder });
    expect(code).toBe(1);
    expect(stderr).toContain(
      'machine-data/home: error[machine-data] cannot be written (EEXIST); check the folder and its permissions\n',
    );
  });
});

describe('--wait', () => {
  it('asks until all are there, and tells each change in one line', async () => {
    const omnictl = answers(answer(), answer({ macs: null }), answer({ macs: null }), answer({}));
    const { code, stderr, slept } = await discover(omnictl, { wait: '10m' });
    expect(code).toBe(0);
    expect(slept).toEqual([1000, 1500, 2250]);
    expect(stderr.split('machine-data')[0]).toBe(
      [
        '4 of 5 machines matched; waiting for worker-1, for at most 10m',
        'worker-1: waiting: joined, no network data yet',
        '5 of 5 machines matched',
        '',
      ].join('\n'),
    );
  });

  it('gives up in time, with who is missing and why', async () => {
    const { code, stderr, slept } = await discover(answers(answer()), { wait: '90s' });
    expect(code).toBe(1);
    expect(slept.reduce((a, b) => a + b)).toBe(90_000);
    expect(Math.max(...slept)).toBe(10_000);
    expect(stderr).toBe(
      `4 of 5 machines matched; waiting for worker-1, for at most 1m30s\ngave up after 1m30s\n${MISSING}4 of 5 machines matched\nnothing written\n`,
    );
  });

  it('does not wait for what waiting cannot repair', async () => {
    const { code, slept } = await discover(answers(answer({ spec: { cluster: 'other' } })), { wait: '10m' });
    expect({ code, slept }).toEqual({ code: 1, slept: [] });
  });

  it('outlasts an Omni that restarts, but not one that never answered', async () => {
    const restart = await discover(answers(answer(), UNREACHABLE, answer({})), { wait: '10m' });
    expect(restart.code).toBe(0);
    expect(restart.stderr).toContain('Omni is away; trying again\n');
    const never = await discover(answers(UNREACHABLE), { wait: '10m' });
    expect({ code: never.code, slept: never.slept, stderr: never.stderr }).toEqual({
      code: 1,
      slept: [],
      stderr: 'home: error[omni-unreachable] Omni is away\nnothing written\n',
    });
  });

  it('ends at once when the key is revoked meanwhile', async () => {
    const revoked = { problem: { rule: 'omni-key', message: 'no longer', transient: false } } as const;
    const { code, slept } = await discover(answers(answer(), revoked), { wait: '10m' });
    expect({ code, slept }).toEqual({ code: 1, slept: [1000] });
  });

  it('redraws a table on a terminal, which is gone in the end', async () => {
    const { stderr } = await discover(answers(answer(), answer({})), { wait: '1m' }, { terminalRows: 24 });
    expect(stderr).toMatch(
      /^4 of 5 machines matched; waiting for at most 1m\nNODE {6}SERVER .*\nworker-1 .*missing: not in Omni\n\u001b\[3A\u001b\[0J5 of 5/,
    );
  });

  it('refuses what is no time', async () => {
    const { code, stderr } = await discover(answers(''), { wait: '10' });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'home: error[usage] --wait 10 is not a duration; write it as 90s, 10m or 1h30m\nnothing written\n',
    });
  });
});

describe('output of omnictl', () => {
  it('that ends in the middle is an error, not fewer machines', async () => {
    const { code, stderr } = await discover(answers(answer({}).slice(0, -20)));
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'home: error[omni-output] the output of omnictl get machinestatus cannot be read: the output ends in the middle of object 5; is omnictl of the version of your Omni?\nnothing written\n',
    });
  });
});

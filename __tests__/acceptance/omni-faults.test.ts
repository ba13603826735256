import {
  describeOmni,
  eventually,
  machine,
  machineId,
  machines,
  omniWith,
  sync,
  template,
} from '../testing/omni';

const get = ['get', 'machinestatus', '-o', 'json'];

describeOmni('accounts', () => {
  it('a reader sees everything and changes nothing', async () => {
    const omni = await omniWith({ machines: machines(3) });
    const reader = { env: omni.readerEnv };
    const file = template();
    const run = (...args: readonly string[]) =>
      omni.omnictl(['cluster', 'template', ...args, '-f', file], reader);
    expect(await run('diff')).toMatchObject({ code: 0 });
    expect(await run('sync', '--dry-run')).toMatchObject({ code: 0 });
    const refused = await run('sync');
    expect(refused).toMatchObject({ code: 1, stdout: '* creating Clusters.omni.sidero.dev(homelab)\n' });
    expect(refused.stderr).toContain(
      'rpc error: code = PermissionDenied desc = unauthorized: access denied: insufficient role: "Reader"',
    );
    expect(await omni.resources('Clusters')).toEqual([]);
    await sync(omni, file);
    expect(await run('sync')).toMatchObject({ code: 0, stdout: '' });
  });

  it('keys that are none, of another server, or with a clock that is off', async () => {
    const omni = await omniWith();
    const other = await omniWith();
    const withKey = (key: string) =>
      omni.omnictl(get, { env: { ...omni.env, OMNI_SERVICE_ACCOUNT_KEY: key } });
    expect((await withKey('garbage')).stderr).toContain('illegal base64 data');
    const foreign = await withKey(other.keys.operator);
    expect(foreign.code).toBe(1);
    expect(foreign.stderr).toContain('rpc error: code = Unauthenticated desc = invalid signature');
    await omni.fault({ rejectSignatures: true });
    expect((await omni.omnictl(get)).stderr).toContain('invalid signature');
    await omni.fault({});
    expect(await omni.omnictl(get)).toMatchObject({ code: 0 });
  });
});

describeOmni('machines', () => {
  it('come, lack data, change and go', async () => {
    const omni = await omniWith({
      machines: [machine(1), machine(2, { noNetwork: true }), machine(3, { noStatus: true })],
    });
    const ids = async () => (await omni.resources('MachineStatuses')).map(({ id }) => id);
    await eventually(async () => expect(await ids()).toEqual([1, 2].map(machineId)));
    const [, second] = await omni.resources('MachineStatuses');
    expect(second?.spec).toMatchObject({ network: null, hardware: null, schematic: null });
    await omni.updateMachine(machineId(2), { noNetwork: false });
    await omni.updateMachine(machineId(3), { noStatus: false, connected: false });
    await eventually(async () => expect(await ids()).toHaveLength(3));
    const [, full, third] = await omni.resources('MachineStatuses');
    expect(full?.spec).toMatchObject({
      network: { networklinks: [{ linuxname: 'ens18', hardwareaddress: 'bc:24:11:01:00:02' }] },
    });
    expect(third?.labels).toHaveProperty(['omni.sidero.dev/disconnected'], '');
    await omni.removeMachine(machineId(1));
    expect(await ids()).toEqual([2, 3].map(machineId));
    await omni.addMachine(machine(1));
    expect(await ids()).toEqual([1, 2, 3].map(machineId));
    await omni.removeMachine(machineId(1));
    await omni.addMachine(machine(4, { delayMs: 400 }));
    expect(await ids()).toHaveLength(2);
    await eventually(async () => expect(await ids()).toHaveLength(3));
  });

  it('a second one with the same UUID gets a new id', async () => {
    const omni = await omniWith({ machines: [machine(1)] });
    const id = await omni.addMachine(machine(1));
    expect(id).not.toBe(machineId(1));
    await eventually(async () => expect(await omni.resources('MachineStatuses')).toHaveLength(2));
  });

  it('of a cluster from before bring the cluster along', async () => {
    const omni = await omniWith({
      machines: [machine(1, { cluster: 'other', role: 'control-plane' }), machine(2, { cluster: 'other' })],
    });
    const status = await omni.omnictl(['cluster', 'status', 'other', '-w', '20s']);
    expect(status).toMatchObject({ code: 0 });
    expect(status.stdout).toContain('Cluster "other" RUNNING Ready (2/2)');
  });
});

describeOmni('faults', () => {
  it('another API generation ends every call, another minor version warns', async () => {
    const omni = await omniWith({ faults: { apiVersion: 3 } });
    const mismatch = await omni.omnictl(get);
    expect(mismatch.code).toBe(1);
    expect(mismatch.stderr).toContain(
      'client API version mismatch: backend API version 3, client API version 2',
    );
    await omni.fault({ version: 'v1.10.4' });
    expect(await omni.omnictl(get)).toMatchObject({
      code: 0,
      stderr: '[WARN] omnictl version "1.9.3" differs from the backend version "1.10.4".\n',
    });
  });

  it('the server ends in the middle of a sync', async () => {
    const omni = await omniWith({ machines: machines(3) });
    await omni.fault({ exitAfterWrites: 1 });
    const { code, stdout, stderr } = await sync(omni, template());
    await omni.ended;
    expect(code).toBe(1);
    // The line of the write that did not happen is there.
    expect(stdout.split('\n').filter(Boolean)).toHaveLength(2);
    expect(stderr).toContain('code = Unavailable');
  });

  it('the server ends after some calls', async () => {
    const omni = await omniWith({ faults: { exitAfterCalls: 2 } });
    expect((await omni.omnictl(get, { timeout: 5000 })).code).not.toBe(0);
    await omni.ended;
  });

  it('a refusal of a type, once', async () => {
    const refusal = { type: 'MachineSets', code: 'Internal', message: 'disk full', times: 1 };
    const omni = await omniWith({ machines: machines(3), faults: { refuse: [refusal] } });
    expect((await sync(omni, template())).stderr).toContain('rpc error: code = Internal desc = disk full');
    expect(await sync(omni, template())).toMatchObject({ code: 0 });
  });

  it('the catalogue of extensions is loaded later', async () => {
    const omni = await omniWith({ machines: machines(3), faults: { noCatalogueMs: 1500 } });
    const file = template({ extensions: ['siderolabs/nfsd'] });
    const early = await sync(omni, file);
    expect(early.stderr).toContain('no Talos extensions catalog for version "1.11.5"');
    await eventually(async () => expect((await sync(omni, file)).code).toBe(0));
  });

  it('a cluster never becomes healthy', async () => {
    const omni = await omniWith({ machines: machines(3), faults: { neverReady: true } });
    const file = template();
    await sync(omni, file);
    const status = await omni.omnictl(['cluster', 'template', 'status', '-f', file, '-w', '2s']);
    expect(status.code).toBe(1);
    // Whichever side notices first.
    expect(status.stderr).toMatch(/context deadline exceeded|code = DeadlineExceeded/);
  });

  it('no answer, late answers, broken connections', async () => {
    const omni = await omniWith({ faults: { hang: true } });
    expect(await omni.omnictl(get, { timeout: 1500 })).toMatchObject({ timedOut: true, stdout: '' });
    await omni.fault({ delayMs: 300 });
    const start = Date.now();
    expect(await omni.omnictl(get)).toMatchObject({ code: 0 });
    expect(Date.now() - start).toBeGreaterThan(600);
    await omni.fault({ drop: true });
    const { code, stderr } = await omni.omnictl(get);
    expect(code).toBe(1);
    expect(stderr).toContain('code = Unavailable');
  });
});

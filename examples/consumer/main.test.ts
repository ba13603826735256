import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { synthesize } from 'talos-proxmox-cdktf/testing';
import { addClusters } from './main';

const made = synthesize(addClusters);

test('the clusters share no address', () => {
  const addresses = Object.values(made.inventory).map((machine) => machine.ip_address);
  equal(new Set(addresses).size, addresses.length);
});

test('control planes are protected', () => {
  for (const name of ['green-1', 'blue-1']) equal(made.vm(name)['protection'], true);
});

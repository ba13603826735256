/*
 * Preloaded into a child: kills it at its nth change of a file below its working directory, in the middle of a write and just
 * before a rename or a removal. DIE_AT_CHANGE is n.
 */
const fs = require('node:fs');
const { resolve, sep } = require('node:path');

const folder = process.cwd() + sep;
let left = Number(process.env.DIE_AT_CHANGE);

const die = () => process.kill(process.pid, 'SIGKILL');
const isLast = (path) => typeof path === 'string' && resolve(path).startsWith(folder) && --left === 0;

const { openSync, renameSync, rmSync, writeFileSync } = fs;
fs.writeFileSync = (path, text, options) => {
  if (!isLast(path)) return writeFileSync(path, text, options);
  writeFileSync(path, text.slice(0, text.length / 2), options);
  return die();
};
fs.openSync = (path, flags, mode) => {
  const file = openSync(path, flags, mode);
  if (/[wa]/.test(flags) && isLast(path)) die();
  return file;
};
fs.renameSync = (from, to) => (isLast(to) ? die() : renameSync(from, to));
fs.rmSync = (path, options) => (isLast(path) ? die() : rmSync(path, options));

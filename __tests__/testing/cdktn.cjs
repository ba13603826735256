/*
 * Runs a program on cdktn in place of cdktf, as the package alias `"cdktf": "npm:cdktn@…"` does:
 * `node -r ./__tests__/testing/cdktn.cjs …`. A program that still loads a file of cdktf fails.
 */
const Module = require('node:module');
const { dirname, sep } = require('node:path');

const folder = dirname(require.resolve('cdktn/package.json'));
const resolve = Module._resolveFilename;
Module._resolveFilename = (request, ...rest) =>
  /^cdktf(\/|$)/.test(request)
    ? resolve.call(Module, request.replace('cdktf', folder), ...rest)
    : resolve.call(Module, request, ...rest);

process.on('exit', () => {
  const loaded = Object.keys(require.cache);
  if (
    !loaded.some((file) => file.startsWith(folder + sep)) ||
    loaded.some((file) => file.includes('/node_modules/cdktf/'))
  ) {
    process.stderr.write('cdktf was loaded, not cdktn\n');
    process.exitCode = 1;
  }
});

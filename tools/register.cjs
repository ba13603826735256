/*
 * Runs TypeScript: `node -r ./tools/register.cjs main.ts`. Same result as `node --import tsx main.ts`, in half the time: tsx
 * hooks into every module, also those of node_modules, and keeps a worker thread for it. Here only our own `.ts`
 * files are compiled, once each; the result is kept by content in `.cache/ts`.
 */
const { createHash } = require('node:crypto');
const Module = require('node:module');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const cache = join(__dirname, '../.cache/ts');
const { version } = require('esbuild/package.json');

/** Without dynamic import, `await import()` becomes a require() of the same kind of file. */
const options = { loader: 'ts', format: 'cjs', target: 'node20', supported: { 'dynamic-import': false } };
const compiler = `${version} ${JSON.stringify(options)}`;

require.extensions['.ts'] = (module, file) => {
  const source = readFileSync(file, 'utf8');
  const key = createHash('sha1').update(`${compiler}\0${source}`).digest('hex');
  module._compile(
    cached(join(cache, `${key}.js`), () => compile(source)),
    file,
  );
};

function compile(source) {
  // Loaded only when a file has changed: starting esbuild takes longer than a small synthesis.
  const { transformSync } = require('esbuild');
  return transformSync(source, options).code;
}

function cached(path, make) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    const code = make();
    try {
      mkdirSync(cache, { recursive: true });
      writeFileSync(`${path}.${process.pid}`, code);
      renameSync(`${path}.${process.pid}`, path);
    } catch {
      // A read-only checkout: compile every time.
    }
    return code;
  }
}

/*
 * cdktf loads an archiver at its start, for assets of a kind that no cluster has: a quarter of the time of loading cdktf.
 * It is loaded when somebody uses it.
 */
const load = Module._load;
Module._load = (request, parent, isMain) => {
  if (request !== 'archiver') return load(request, parent, isMain);
  const archiver = () => load(request, parent, isMain);
  return new Proxy(() => undefined, {
    apply: (_, self, args) => Reflect.apply(archiver(), self, args),
    get: (_, key) => archiver()[key],
  });
};

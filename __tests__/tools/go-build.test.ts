import { buildKey } from '../../tools/go-build';

describe('build key', () => {
  it('changes with flags, module, checksums, sources and platform, and with nothing else', () => {
    const sources = { 'go.mod': 'module a', 'go.sum': 'sum', 'main.go': 'package main' };
    const keys = [
      buildKey(['build'], sources, 'linux x64'),
      buildKey(['build', '-race'], sources, 'linux x64'),
      ...Object.entries(sources).map(([file, text]) =>
        buildKey(['build'], { ...sources, [file]: `${text}\n` }, 'linux x64'),
      ),
      buildKey(['build'], sources, 'darwin arm64'),
    ];
    expect(new Set(keys).size).toBe(6);
    expect(buildKey(['build'], { ...sources }, 'linux x64')).toBe(keys[0]);
  });
});

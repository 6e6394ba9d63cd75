import { describe, expect, test } from '@jest/globals';
import { parseGoMod } from './go.js';

describe('parseGoMod', () => {
  test('finds the module that contains the tool, and its version', () => {
    const goMod = `module towpath/engine/buildx

go 1.26.3

tool github.com/docker/buildx/cmd/buildx

require (
	github.com/docker/build v1.0.0 // indirect
	github.com/docker/buildx v0.36.0 // indirect
	github.com/moby/buildkit v0.32.0 // indirect
)
`;
    expect(parseGoMod(goMod)).toEqual({
      go: '1.26.3',
      main: 'github.com/docker/buildx/cmd/buildx',
      module: 'github.com/docker/buildx',
      version: 'v0.36.0',
    });
  });

  test('finds a tool that is the whole module', () => {
    const goMod =
      'module m\n\ngo 1.26\n\ntool github.com/nektos/act\n\nrequire (\n\tgithub.com/nektos/act v0.2.89\n)\n';
    expect(parseGoMod(goMod)).toMatchObject({ main: 'github.com/nektos/act', version: 'v0.2.89' });
  });

  test('rejects a module that names no tool', () => {
    expect(() => parseGoMod('module m\n\ngo 1.26\n\nrequire github.com/docker/buildx v0.36.0\n')).toThrow(
      'no go, tool',
    );
  });
});

import { describe, expect, test } from '@jest/globals';
import { missing } from './dependencies.js';

const installed = {
  'node_modules/@towpath/flow': { link: true },
  'node_modules/jest': { version: '30.5.2', integrity: 'sha512-a' },
};
const wanted = {
  '': { version: '0.0.0' },
  ...installed,
  'node_modules/@esbuild/aix-ppc64': { version: '0.28.2', integrity: 'sha512-b', optional: true },
  'packages/flow': { version: '0.0.0' },
};

describe('missing', () => {
  test('nothing, where only another platform’s package is not installed', () => {
    expect(missing(wanted, installed)).toEqual([]);
  });

  test('everything, before the first installation', () => {
    expect(missing(wanted, {})).toEqual(['node_modules/@towpath/flow', 'node_modules/jest']);
  });

  test('a package of another version', () => {
    const older = { ...installed, 'node_modules/jest': { version: '30.5.1', integrity: 'sha512-0' } };
    expect(missing(wanted, older)).toEqual(['node_modules/jest']);
  });

  test('a package of the same version with other bytes', () => {
    const other = { ...installed, 'node_modules/jest': { version: '30.5.2', integrity: 'sha512-0' } };
    expect(missing(wanted, other)).toEqual(['node_modules/jest']);
  });

  test('the link to a new package of the workspace', () => {
    expect(missing(wanted, { 'node_modules/jest': installed['node_modules/jest'] })).toEqual([
      'node_modules/@towpath/flow',
    ]);
  });

  test('nothing for a package that the lockfile does not have: whoever installed it may be trying it out', () => {
    expect(missing(wanted, { ...installed, 'node_modules/is-odd': { version: '3.0.1' } })).toEqual([]);
  });
});

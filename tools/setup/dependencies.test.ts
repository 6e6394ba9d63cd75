import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
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
  test('returns nothing if only the package of another platform is not installed', () => {
    expect(missing(wanted, installed)).toEqual([]);
  });

  test('returns everything before the first installation', () => {
    expect(missing(wanted, {})).toEqual(['node_modules/@towpath/flow', 'node_modules/jest']);
  });

  test('returns a package of another version', () => {
    const older = { ...installed, 'node_modules/jest': { version: '30.5.1', integrity: 'sha512-0' } };
    expect(missing(wanted, older)).toEqual(['node_modules/jest']);
  });

  test('returns a package of the same version with different bytes', () => {
    const other = { ...installed, 'node_modules/jest': { version: '30.5.2', integrity: 'sha512-0' } };
    expect(missing(wanted, other)).toEqual(['node_modules/jest']);
  });

  test('returns the link to a new package of the workspace', () => {
    expect(missing(wanted, { 'node_modules/jest': installed['node_modules/jest'] })).toEqual([
      'node_modules/@towpath/flow',
    ]);
  });

  test('ignores an installed package that the lockfile does not contain, because a developer may be trying it out', () => {
    expect(missing(wanted, { ...installed, 'node_modules/is-odd': { version: '3.0.1' } })).toEqual([]);
  });
});

describe('the lockfile', () => {
  const lockfile = new URL('../../package-lock.json', import.meta.url);
  const { packages } = JSON.parse(readFileSync(lockfile, 'utf8')) as {
    packages: Record<string, { link?: boolean; integrity?: string; hasInstallScript?: boolean }>;
  };
  const foreign = Object.entries(packages).filter(
    ([place, { link }]) => place.includes('node_modules/') && !link,
  );

  test('has the digest of every package, also for other platforms', () => {
    expect(foreign.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-'))).toEqual([]);
  });

  test('has no install scripts except in packages that work without running them', () => {
    const scripted = foreign.flatMap(([place, { hasInstallScript }]) => (hasInstallScript ? place : []));
    expect(scripted.map((place) => place.replace(/^.*node_modules\//, '')).sort()).toEqual([
      '@parcel/watcher',
      '@swc/core',
      'esbuild',
      'nx',
      'tree-sitter-groovy',
      'tree-sitter-java',
    ]);
    expect(readFileSync(new URL('../../.npmrc', import.meta.url), 'utf8')).toMatch(/^ignore-scripts=true$/m);
  });
});

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Returns the packages that other packages of a lockfile require and that it does not have. */
function unlocked(packages: Readonly<Record<string, Locked>>): readonly string[] {
  const isLocked = (place: string, name: string): boolean => {
    if (`${place}/node_modules/${name}`.replace(/^\//, '') in packages) return true;
    return (
      place !== '' && isLocked(place.replace(/(?:^|\/)(?:node_modules\/(?:@[^/]+\/)?)?[^/]+$/, ''), name)
    );
  };
  return Object.entries(packages).flatMap(([place, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !isLocked(place, name))
      .map((name) => `${place}: ${name}`),
  );
}

test('npm ci accepts the lockfiles of the workspace and of the site: they have every package that another one requires', () => {
  for (const file of ['package-lock.json', 'docs/site/package-lock.json']) {
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    const { packages } = JSON.parse(text) as { packages: Record<string, Locked> };
    expect([file, unlocked(packages)]).toEqual([file, []]);
  }
  expect(
    unlocked({ 'node_modules/@a/b/node_modules/c': { dependencies: { d: '1', '@e/f': '1' } } }),
  ).toHaveLength(2);
  expect(
    unlocked({ 'node_modules/@a/b/node_modules/c': { dependencies: { d: '1' } }, 'node_modules/d': {} }),
  ).toEqual([]);
});

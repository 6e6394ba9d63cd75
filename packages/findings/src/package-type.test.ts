import { expect, test } from '@jest/globals';
import { packageType, typeOfPurl } from './package-type.ts';

test.each([
  ['DEBIAN_10', 'deb'],
  ['UBUNTU_22_04', 'deb'],
  ['ALPINE_LINUX_3_18', 'apk'],
  ['AMAZON_LINUX_2023', 'rpm'],
  ['debian:11', 'deb'],
  ['sles:15.3', 'rpm'],
  ['GOBINARY', 'golang'],
  ['JAR', 'maven'],
  ['PYTHONPKG', 'pypi'],
  ['python-pkg', 'pypi'],
  ['node-pkg', 'npm'],
  ['java-archive', 'maven'],
  ['constructor', undefined],
  ['', undefined],
  [undefined, undefined],
])('returns the type of a package URL for %s: %s', (name, type) => {
  expect(packageType(name)).toBe(type);
});

test.each([
  ['pkg:deb/debian/apt@1.8.2', 'deb'],
  ['pkg:NPM/%40angular/core@1', 'npm'],
  ['deb/debian/apt', undefined],
  ['', undefined],
])('returns the type in %s: %s', (purl, type) => {
  expect(typeOfPurl(purl)).toBe(type);
});

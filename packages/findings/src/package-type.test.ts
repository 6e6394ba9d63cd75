import { expect, test } from '@jest/globals';
import { nameOfPurl, packageType, typeOfPurl } from './package-type.ts';

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

test.each([
  ['pkg:deb/debian/apt@1.8.2?arch=amd64', 'apt'],
  ['pkg:npm/%40angular/core@1', '@angular/core'],
  ['pkg:npm/left-pad', 'left-pad'],
  ['pkg:golang/github.com/acme/lib@v1.0.0#sub', 'github.com/acme/lib'],
  ['pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1', 'org.apache.logging.log4j:log4j-core'],
  ['pkg:npm/a%2', 'a%2'],
  ['pkg:npm/', undefined],
  ['pkg:npm', undefined],
])('returns the name in %s: %s', (purl, name) => {
  expect(nameOfPurl(purl)).toBe(name);
});

import { expect, test } from '@jest/globals';
import { commonPlatforms, parseKnownPlatform } from './known-platform.ts';
import { formatPlatform, type Platform } from './platform.ts';

function read(text: string): Platform {
  const platform = parseKnownPlatform(text);
  if (platform === undefined) throw new Error(text);
  return platform;
}

test.each(commonPlatforms)('accepts %s, a platform to suggest', (text) => {
  expect(parseKnownPlatform(text)).toBeDefined();
});

test.each([
  ['linux/x86_64', 'linux/amd64'],
  ['linux/x86-64', 'linux/amd64'],
  ['linux/aarch64', 'linux/arm64'],
  ['linux/aarch64/v8', 'linux/arm64'],
  ['linux/arm64/8', 'linux/arm64'],
  ['linux/arm64/v8.0', 'linux/arm64'],
  ['linux/arm64/v9.0', 'linux/arm64/v9'],
  ['linux/arm64/v9.2', 'linux/arm64/v9.2'],
  ['linux/amd64/v3', 'linux/amd64/v3'],
  ['linux/arm', 'linux/arm/v7'],
  ['linux/arm/7', 'linux/arm/v7'],
  ['linux/arm/v6', 'linux/arm/v6'],
  ['linux/armhf', 'linux/arm/v7'],
  ['LINUX/ARM64', 'linux/arm64'],
  ['macos/arm64', 'darwin/arm64'],
])('reads %s as %s', (text, usual) => {
  expect(formatPlatform(read(text))).toBe(usual);
});

test.each([
  'linux/amd46',
  'linux/amd64/v5',
  'linux/arm/v9',
  'linux/arm64/v7',
  'linux/riscv64/v1',
  'linux/constructor',
  'constructor/amd64',
  'windows/s390x',
  'lunix/amd64',
  'unknown/unknown',
  'linux',
  'local',
])('rejects %s', (text) => {
  expect(parseKnownPlatform(text)).toBeUndefined();
});

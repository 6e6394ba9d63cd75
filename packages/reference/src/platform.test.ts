import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatPlatform, parsePlatform } from './platform.ts';

describe('parsePlatform', () => {
  test.each([
    { text: 'linux/amd64', expected: { os: 'linux', architecture: 'amd64' } },
    { text: 'linux/arm/v6', expected: { os: 'linux', architecture: 'arm', variant: 'v6' } },
    { text: 'windows/amd64', expected: { os: 'windows', architecture: 'amd64' } },
    { text: 'linux/arm64/v9.2', expected: { os: 'linux', architecture: 'arm64', variant: 'v9.2' } },
    { text: 'unknown/unknown', expected: { os: 'unknown', architecture: 'unknown' } },
  ])('parses $text', ({ text, expected }) => {
    expect(parsePlatform(text)).toEqual(expected);
  });

  test.each([
    { text: 'linux/arm64/v8', normal: 'linux/arm64' },
    { text: 'linux/aarch64', normal: 'linux/arm64' },
    { text: 'linux/x86_64', normal: 'linux/amd64' },
    { text: 'linux/amd64/v1', normal: 'linux/amd64' },
    { text: 'linux/i386', normal: 'linux/386' },
    { text: 'linux/arm', normal: 'linux/arm/v7' },
    { text: 'linux/armhf', normal: 'linux/arm/v7' },
    { text: 'linux/armel', normal: 'linux/arm/v6' },
    { text: 'Linux/AMD64', normal: 'linux/amd64' },
  ])('normalises $text to $normal, as BuildKit does', ({ text, normal }) => {
    expect(parsePlatform(text)).toEqual(parsePlatform(normal));
  });

  test.each([
    { name: 'an empty text', text: '' },
    { name: 'an architecture alone', text: 'amd64' },
    { name: 'an empty architecture', text: 'linux/' },
    { name: 'an empty variant', text: 'linux/arm/' },
    { name: 'four parts', text: 'linux/arm/v7/x' },
    { name: 'two platforms', text: 'linux/amd64,linux/arm64' },
    { name: 'a space', text: 'linux/amd64 ' },
  ])('rejects $name', ({ text }) => {
    expect(parsePlatform(text)).toBeUndefined();
  });

  test('parses an architecture with the name of a property of Object.prototype', () => {
    expect(parsePlatform('linux/constructor')).toEqual({ os: 'linux', architecture: 'constructor' });
  });
});

describe('formatPlatform', () => {
  test.each([
    { platform: { os: 'linux', architecture: 'amd64' }, expected: 'linux/amd64' },
    { platform: { os: 'linux', architecture: 'arm', variant: 'v7' }, expected: 'linux/arm/v7' },
    { platform: { os: 'linux', architecture: 'arm64', variant: 'v8' }, expected: 'linux/arm64' },
    { platform: { os: 'linux', architecture: 'amd64', variant: '' }, expected: 'linux/amd64' },
  ])('formats $expected', ({ platform, expected }) => {
    expect(formatPlatform(platform)).toBe(expected);
  });

  test('formats a platform to text that parses to the same platform', () => {
    const platform = fc.stringMatching(/^(linux|windows)\/(amd64|arm64|arm|s390x|x86_64)(\/(v[1-9]|7))?$/);
    fc.assert(
      fc.property(platform, (text) => {
        const parsed = parsePlatform(text);
        expect(parsed && parsePlatform(formatPlatform(parsed))).toEqual(parsed);
      }),
    );
  });
});

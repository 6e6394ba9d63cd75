import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { proxyBuildArgs } from './proxy.ts';

describe('the proxy variables of an environment', () => {
  test('become build args in both cases, and nothing else does', () => {
    expect(proxyBuildArgs({ HTTPS_PROXY: 'http://proxy:3128', PATH: '/bin', PROXY: 'x' })).toEqual({
      names: ['HTTPS_PROXY', 'https_proxy'],
      values: { HTTPS_PROXY: 'http://proxy:3128', https_proxy: 'http://proxy:3128' },
      secrets: [],
    });
  });

  test.each(['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'FTP_PROXY', 'ALL_PROXY'])(
    '%s is one of them, in either case',
    (name) => {
      const expected = { [name]: 'x', [name.toLowerCase()]: 'x' };
      expect(proxyBuildArgs({ [name]: 'x' }).values).toEqual(expected);
      expect(proxyBuildArgs({ [name.toLowerCase()]: 'x' }).values).toEqual(expected);
    },
  );

  test('in upper case count where both are set', () => {
    expect(proxyBuildArgs({ HTTP_PROXY: 'upper', http_proxy: 'lower' }).values.http_proxy).toBe('upper');
  });

  test('that are empty are absent', () => {
    expect(proxyBuildArgs({ HTTP_PROXY: '', http_proxy: 'lower', NO_PROXY: '' }).values).toEqual({
      HTTP_PROXY: 'lower',
      http_proxy: 'lower',
    });
  });

  test('keep commas, quotes and blanks', () => {
    const value = `.corp.test, "10.0.0.0/8",it's`;
    expect(proxyBuildArgs({ NO_PROXY: value }).values.NO_PROXY).toBe(value);
  });
});

describe('the secrets of a proxy', () => {
  test.each([
    { name: 'a password', value: 'http://tug:s3cret@proxy:3128', expected: ['s3cret', 'tug:s3cret'] },
    { name: 'a password without a scheme', value: 'tug:s3cret@proxy', expected: ['s3cret', 'tug:s3cret'] },
    {
      name: 'an escaped password',
      value: 'http://tug:p%40ss@proxy',
      expected: ['p%40ss', 'p@ss', 'tug:p%40ss', 'tug:p@ss'],
    },
    { name: 'a password with an @', value: 'http://tug:p@ss@proxy', expected: ['p@ss', 'tug:p@ss'] },
    { name: 'a password with a colon', value: 'http://tug:p:ss@proxy', expected: ['p:ss', 'tug:p:ss'] },
    { name: 'a password with a slash', value: 'http://tug:p/ss@proxy/', expected: ['p/ss', 'tug:p/ss'] },
    { name: 'a password with a percent sign', value: 'http://tug:5%@proxy', expected: ['5%', 'tug:5%'] },
    {
      name: 'a password of bytes that are no UTF-8',
      value: 'http://tug:%ff@proxy',
      expected: ['%ff', 'tug:%ff'],
    },
    { name: 'a password without a user', value: 'http://:s3cret@proxy', expected: ['s3cret', ':s3cret'] },
    { name: 'a token', value: 'socks5://t0ken@proxy', expected: ['t0ken'] },
    { name: 'an empty password', value: 'http://tug:@proxy', expected: [] },
    { name: 'an empty user', value: 'http://@proxy', expected: [] },
    { name: 'no credentials', value: 'http://proxy:3128/', expected: [] },
  ])('with $name are $expected', ({ value, expected }) => {
    expect(proxyBuildArgs({ HTTP_PROXY: value }).secrets).toEqual(expected);
  });

  test('are each told once', () => {
    const value = 'http://tug:s3cret@proxy';
    expect(proxyBuildArgs({ HTTP_PROXY: value, HTTPS_PROXY: value }).secrets).toEqual([
      's3cret',
      'tug:s3cret',
    ]);
  });

  test('are none of NO_PROXY, which holds no address', () => {
    expect(proxyBuildArgs({ NO_PROXY: 'a:b@c', HTTP_PROXY: 'http://proxy' }).secrets).toEqual([]);
  });

  test('are any password, as written and decoded', () => {
    const password = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(password, (text) => {
        const { secrets } = proxyBuildArgs({ HTTP_PROXY: `http://tug:${encodeURIComponent(text)}@proxy:1` });
        expect(secrets).toContain(text);
        expect(secrets).toContain(encodeURIComponent(text));
      }),
    );
  });
});

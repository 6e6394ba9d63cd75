import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { proxyBuildArgs } from './build-args.ts';
import { proxyName, proxyOf, type Variables } from './proxy.ts';

const variablesOf = (...sources: Variables[]) => Object.fromEntries(proxyOf(...sources).variables);

describe('the proxy of an environment', () => {
  test.each(['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'FTP_PROXY', 'ALL_PROXY'])(
    'comes from %s in either case, and becomes a build arg in both',
    (name) => {
      const expected = { [name]: 'x', [name.toLowerCase()]: 'x' };
      for (const given of [name, name.toLowerCase()]) {
        const { names, values } = proxyBuildArgs(proxyOf({ [given]: 'x', PATH: '/bin', PROXY: 'y' }));
        expect(names).toEqual([name, name.toLowerCase()]);
        expect(values).toEqual(expected);
        expect(proxyName(given)).toBe(name);
      }
    },
  );

  test('comes from no other variable', () => {
    expect(
      ['PROXY', 'GOPROXY', 'RSYNC_PROXY', 'HTTP_PROXY_'].flatMap((name) => proxyName(name) ?? []),
    ).toEqual([]);
  });

  test('comes from the lower-case variable if both cases are set', () => {
    expect(variablesOf({ HTTP_PROXY: 'upper', http_proxy: 'lower' })).toEqual({ HTTP_PROXY: 'lower' });
  });

  test('omits empty variables', () => {
    expect(variablesOf({ http_proxy: '', HTTP_PROXY: 'upper', NO_PROXY: '' })).toEqual({
      HTTP_PROXY: 'upper',
    });
  });

  test('keeps commas, quotes and blanks', () => {
    const value = `.corp.test, "10.0.0.0/8",it's`;
    expect(variablesOf({ NO_PROXY: value })).toEqual({ NO_PROXY: value });
  });

  test('comes from the first source that sets it, for each variable', () => {
    expect(
      variablesOf(
        { HTTPS_PROXY: 'input', NO_PROXY: '' },
        { https_proxy: 'environment', no_proxy: '.corp.test' },
        { HTTP_PROXY: 'docker', NO_PROXY: 'docker' },
      ),
    ).toEqual({ HTTPS_PROXY: 'input', NO_PROXY: '.corp.test', HTTP_PROXY: 'docker' });
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
      name: 'a password that is not valid UTF-8',
      value: 'http://tug:%ff@proxy',
      expected: ['%ff', 'tug:%ff'],
    },
    { name: 'a password without a user', value: 'http://:s3cret@proxy', expected: ['s3cret', ':s3cret'] },
    { name: 'a token', value: 'socks5://t0ken@proxy', expected: ['t0ken'] },
    { name: 'an empty password', value: 'http://tug:@proxy', expected: [] },
    { name: 'an empty user', value: 'http://@proxy', expected: [] },
    { name: 'no credentials', value: 'http://proxy:3128/', expected: [] },
  ])('with $name are $expected', ({ value, expected }) => {
    expect(proxyOf({ HTTP_PROXY: value }).secrets).toEqual(expected);
  });

  test('are each listed once', () => {
    const value = 'http://tug:s3cret@proxy';
    expect(proxyOf({ HTTP_PROXY: value, HTTPS_PROXY: value }).secrets).toEqual(['s3cret', 'tug:s3cret']);
  });

  test('never come from NO_PROXY, which contains no address', () => {
    expect(proxyOf({ NO_PROXY: 'a:b@c', HTTP_PROXY: 'http://proxy' }).secrets).toEqual([]);
  });

  test('include every password, as written and decoded', () => {
    const password = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(password, (text) => {
        const { secrets } = proxyOf({ HTTP_PROXY: `http://tug:${encodeURIComponent(text)}@proxy:1` });
        expect(secrets).toContain(text);
        expect(secrets).toContain(encodeURIComponent(text));
      }),
    );
  });
});

import { describe, expect, test } from '@jest/globals';
import { proxyOf } from './proxy.ts';
import { redactStatement, redactText } from './redact.ts';

const proxy = proxyOf({ HTTP_PROXY: 'http://tug:s3%40cret@proxy.example', NO_PROXY: '.corp.test' });

test('removes passwords from a text, as written and decoded', () => {
  expect(redactText('a s3%40cret, a s3@cret and tug:s3@cret', proxy)).toBe('a ***, a *** and ***');
  expect(redactText('nothing of tug or proxy.example', proxy)).toBe('nothing of tug or proxy.example');
});

describe('a statement', () => {
  test('loses the proxy at every position where BuildKit records it', () => {
    const request = {
      args: {
        'build-arg:HTTP_PROXY': 'http://a',
        'build-arg:no_proxy': '.corp.test',
        'build-arg:VERSION': '1',
      },
    };
    const step = {
      exec: { meta: { args: ['sh', '-c', 'echo s3@cret'], proxy_env: { http_proxy: 'x', no_proxy: 'y' } } },
    };
    expect(redactStatement({ request, steps: [step], count: 1, none: null }, proxy)).toEqual({
      request: {
        args: { 'build-arg:HTTP_PROXY': '***', 'build-arg:no_proxy': '***', 'build-arg:VERSION': '1' },
      },
      steps: [
        {
          exec: {
            meta: { args: ['sh', '-c', 'echo ***'], proxy_env: { http_proxy: '***', no_proxy: '***' } },
          },
        },
      ],
      count: 1,
      none: null,
    });
  });

  test('without a proxy stays unchanged, also if no password is known', () => {
    const statement = { _type: 'https://in-toto.io/Statement/v1', subject: [{ name: 'a' }], proxy_env: {} };
    expect(redactStatement(statement, proxy)).toEqual(statement);
    expect(redactStatement(statement, proxyOf())).toEqual(statement);
  });
});

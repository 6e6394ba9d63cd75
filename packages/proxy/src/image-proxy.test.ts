import { describe, expect, test } from '@jest/globals';
import { imageProxy, withoutRepeated } from './image-proxy.ts';
import { proxyOf } from './proxy.ts';

const none = proxyOf();
const shared = proxyOf({ HTTP_PROXY: 'http://shared', NO_PROXY: '.corp.test' });
const docker = proxyOf({ HTTP_PROXY: 'http://docker', FTP_PROXY: 'http://docker' });

describe('the proxy of an image', () => {
  test('is the shared proxy, passed by name only', () => {
    const { proxy, names, args } = imageProxy(shared, none, new Map([['VERSION', '1']]));
    expect(proxy).toEqual(shared);
    expect(names).toEqual(['HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy']);
    expect(args).toEqual(new Map());
  });

  test.each(['HTTP_PROXY', 'http_proxy'])(
    'comes from the image’s own args if they set %s, in that case only',
    (name) => {
      const { proxy, names, args } = imageProxy(shared, none, new Map([[name, 'http://own']]));
      expect(proxy.variables).toEqual(
        new Map([
          ['HTTP_PROXY', 'http://own'],
          ['NO_PROXY', '.corp.test'],
        ]),
      );
      expect(names).toEqual(['NO_PROXY', 'no_proxy']);
      expect(args).toEqual(new Map());
    },
  );

  test('is empty if it is off', () => {
    expect(imageProxy(undefined, none, new Map())).toEqual({ proxy: none, names: [], args: new Map() });
  });

  test('overrides the proxy that docker would add if it is off', () => {
    const { names, args } = imageProxy(undefined, docker, new Map([['HTTP_PROXY', 'http://own']]));
    expect(names).toEqual([]);
    expect(args).toEqual(
      new Map([
        ['FTP_PROXY', ''],
        ['ftp_proxy', ''],
      ]),
    );
  });
});

test('omits an image’s arg that repeats the shared proxy', () => {
  const args = new Map([
    ['HTTP_PROXY', 'http://shared'],
    ['no_proxy', '.corp.test'],
    ['NO_PROXY', '.own.test'],
    ['FTP_PROXY', ''],
    ['VERSION', 'http://shared'],
  ]);
  expect([...withoutRepeated(args, shared).keys()]).toEqual(['NO_PROXY', 'FTP_PROXY', 'VERSION']);
  expect(withoutRepeated(args, undefined)).toEqual(args);
});

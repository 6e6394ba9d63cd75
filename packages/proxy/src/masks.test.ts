import { expect, test } from '@jest/globals';
import { isMaskable, maskableLines, proxyMasks } from './masks.ts';
import { proxyOf } from './proxy.ts';

test.each(['', 'dev', 'true', '1234567', '{', 'production', 'Production', 'PRODUCTION', 'application'])(
  '%p is not masked',
  (text) => {
    expect(isMaskable(text)).toBe(false);
  },
);

test.each([
  'npm_0123456789',
  's3cret-1',
  'correct horse',
  'pRoductionX',
  'q'.repeat(32),
  '12345678',
  'us-east-1',
])('%p is masked', (text) => {
  expect(isMaskable(text)).toBe(true);
});

test('masks each line of a multi-line secret, except for short lines and plain words', () => {
  const file = '{\r\n  "key": "0123456789abcdef"\n}\nproduction\ntrue\n';
  expect(maskableLines([file, ' npm_0123456789 \n'])).toEqual([
    '"key": "0123456789abcdef"',
    'npm_0123456789',
  ]);
});

test.each([
  { address: 'http://tug:0123456789@proxy', masks: ['0123456789', 'tug:0123456789'] },
  { address: 'http://tug:s3cret@proxy', masks: ['tug:s3cret'] },
  { address: 'http://tug:dev@proxy:3128', masks: ['http://tug:dev@proxy:3128'] },
  { address: 'http://production@proxy:3128', masks: ['http://production@proxy:3128'] },
  { address: 'http://proxy:3128', masks: [] },
])('masks $masks for the proxy $address', ({ address, masks }) => {
  expect(proxyMasks(proxyOf({ HTTP_PROXY: address, NO_PROXY: 'a:b@c.example' }))).toEqual(masks);
});

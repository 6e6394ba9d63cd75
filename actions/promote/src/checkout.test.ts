import { expect, test } from '@jest/globals';
import { scenario } from '@towpath/testing';
import { promote } from './action.ts';

test('without a checkout the error names the missing step', async () => {
  const scene = await scenario();
  const given = { version: '1.0.0', 'target-environment': 'dev' };
  const { codes, annotations, requests } = await scene.play(promote, { given });
  expect([codes, requests]).toEqual([['config-missing'], []]);
  expect(annotations[0]?.message).toContain('Run actions/checkout in a step before this one.');
});

test('does not mistake a downloaded image set for a checkout', async () => {
  const scene = await scenario();
  const given = { version: '1.0.0', 'target-environment': 'dev' };
  const files = { 'towpath/images.json': '{}' };
  const { codes, annotations } = await scene.play(promote, { given, files });
  expect(codes).toEqual(['config-missing']);
  expect(annotations[0]?.message).toMatch(
    /^There is no configuration and no checkout in .*actions\/checkout/,
  );
});

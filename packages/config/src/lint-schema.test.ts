import { expect, test } from '@jest/globals';
import { readTowpathYaml } from './towpath-yaml.ts';
import { parseYaml } from './yaml-file.ts';

function read(lint: string) {
  const yaml = parseYaml('towpath.yaml', `images: { web: {} }\nlint: ${lint}\n`);
  if ('problems' in yaml) throw new Error('the file is valid YAML');
  return readTowpathYaml(yaml).lint;
}

test('reads a mode alone, and the severities of rules', () => {
  expect(read('fail')).toEqual({ build: 'fail', ruleSet: 1, rules: new Map() });
  expect(
    read(
      '{ rules: { user-root: info, base-tag: { severity: off, reason: nightly }, hadolint/DL3059: error } }',
    ),
  ).toEqual({
    build: 'warn',
    ruleSet: 1,
    rules: new Map<string, unknown>([
      ['user-root', { severity: 'info' }],
      ['base-tag', { off: true, reason: 'nightly' }],
      ['hadolint/DL3059', { severity: 'error' }],
    ]),
  });
});

test.each([
  ['{ rules: { user-rot: info } }', /Did you mean user-root\?/],
  ['{ rules: { user-root: off } }', /off needs a reason/],
  ['{ rules: { user-root: { severity: off } } }', /off needs a reason/],
  ['{ rules: { user-root: high } }', /error/],
  ['{ rule-set: 9 }', /may be 1 at most/],
  ['{ mode: fail }', /mode/],
  ['sometimes', /warn/],
])('rejects %s', (lint, message) => {
  expect(() => read(lint)).toThrow(message);
});

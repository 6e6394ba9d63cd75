import { expect, test } from '@jest/globals';
import { parseTemplates } from './template.ts';

test.each([
  { rule: 'type=semver,pattern={{version}}', meant: '{version}' },
  { rule: 'type=semver', meant: '{version}' },
  { rule: 'pattern={{version}}', meant: '{version}' },
  { rule: 'type=semver,pattern={{major}}.{{minor}}', meant: '{major}.{minor}' },
  { rule: 'type=semver,pattern=v{{major}}', meant: 'v{major}' },
  { rule: 'type=pep440,pattern={{version}}', meant: '{version}' },
  { rule: 'type=sha', meant: 'sha-{sha:7}' },
  { rule: 'type=ref,event=branch', meant: '{branch}' },
  { rule: 'type=ref,event=pr', meant: 'pr-{pr}' },
  { rule: 'event=tag', meant: '{version}' },
  { rule: 'type=raw,value=nightly', meant: 'nightly' },
  { rule: 'type=raw,value={{branch}}-{{sha}}', meant: '{branch}-{sha:7}' },
  { rule: '{{version}}', meant: '{version}' },
  { rule: "type=schedule,pattern={{date 'YYYYMMDD'}}", meant: '{date}' },
])('suggests $meant for the docker/metadata-action rule $rule', ({ rule, meant }) => {
  expect(parseTemplates(rule)).toEqual({
    wrong: `${JSON.stringify(rule)} is a rule of docker/metadata-action, not a template. Did you mean ${meant}?`,
  });
  expect(parseTemplates(meant)).toHaveProperty('templates');
});

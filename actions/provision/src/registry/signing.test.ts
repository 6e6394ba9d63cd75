import { expect, test } from '@jest/globals';
import type { SigningRule } from '@towpath/ecr';
import { provisioning, scenario } from '../harness/team.ts';
import { mergeSigning } from './signing.ts';

const profile = (name: string) => `arn:aws:signer:us-east-1:111122223333:/signing-profiles/${name}`;
const rule = (name: string, ...filters: readonly string[]): SigningRule => ({
  profile: profile(name),
  filters,
});

test.each<{ name: string; before: SigningRule[]; wanted: SigningRule[]; after: SigningRule[] }>([
  {
    name: 'a rule of others',
    before: [rule('ab', 'x')],
    wanted: [rule('cd', 'y')],
    after: [rule('ab', 'x'), rule('cd', 'y')],
  },
  {
    name: 'filters of others',
    before: [rule('ab', 'x')],
    wanted: [rule('ab', 'y')],
    after: [rule('ab', 'x', 'y')],
  },
  {
    name: 'a rule for all repositories',
    before: [rule('ab')],
    wanted: [rule('ab', 'y')],
    after: [rule('ab')],
  },
])('signing rules are merged: $name stay', ({ before, wanted, after }) => {
  expect(mergeSigning(before, wanted)).toEqual(after);
});

test('the plan lists the repositories whose images are signed, and 11 rules are refused', async () => {
  const scene = await scenario();
  for (const name of ['other/app', 'payroll/web', 'payroll/towpath'])
    await scene.shared.createRepository(name);
  const rules = (names: readonly string[], filters: string) =>
    `repositories: { registry: { signing: [${names.map((name) => `{ profile: "${profile(name)}"${filters} }`).join(', ')}] } }`;
  const planned = await provisioning(scene, rules(['images'], ", repositories: ['*/app']"), {
    given: { mode: 'plan' },
  });
  const summary = planned.summaries.join().replaceAll('\\', '');
  expect(summary).toContain('images signs pushed images of other/app.');
  expect(summary).toContain('Not in this configuration: other/app.');
  const ten = Array.from({ length: 10 }, (_, index) => `p${index}`);
  expect((await provisioning(scene, rules(ten, ''))).green).toBe(true);
  const more = await provisioning(scene, rules(['more'], ''));
  expect(more.codes).toEqual(['config-invalid']);
  expect(more.annotations.map(({ message }) => message).join()).toContain('would have 11 signing rules');
});

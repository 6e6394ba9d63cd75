import { expect, test } from '@jest/globals';
import { diffOf } from './diff.ts';

test('a value with line ends is one line of the diff', () => {
  const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';
  // A lifecycle policy of a form that Towpath does not know is shown as it is.
  const policy = '{\n- "x": 1,\r\n  "rules": []\n}';
  const nothing = { blocked: [], warnings: [], notes: [], expiring: [], exposed: [], total: 0, unused: [] };
  const shown = diffOf({
    mode: 'plan',
    basis: '',
    repositories: [
      {
        ...nothing,
        registry: { kind: 'private', account: '111122223333', region: 'us-east-1', host },
        repository: 'payroll/web',
        changes: [{ setting: 'lifecycle', value: null, removed: [policy], added: [] }],
      },
    ],
    removals: [],
    registryChanges: [],
    registryBlocked: [],
    unusedPatterns: [],
    backfills: [],
    unmanaged: [],
    publicHosts: [],
  });
  expect(shown).toEqual([`~ ${host}/payroll/web`, '    lifecycle', '    - { - "x": 1, "rules": [] }']);
});

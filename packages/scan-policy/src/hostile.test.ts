import { expect, test } from '@jest/globals';
import { inTime } from '@towpath/fuzz';
import { makeFinding } from './harness/finding.ts';
import { judge } from './judge.ts';

const context = { now: new Date('2026-06-01T12:00:00Z') };

test('200,000 findings are judged and put in order', () => {
  const findings = Array.from({ length: 200_000 }, (_, index) =>
    makeFinding({ id: `CVE-2026-${(index * 7919) % 200_000}` }),
  );
  const { violations } = inTime(() => judge(findings, { failOn: 'critical' }, context));
  expect(violations.at(-1)?.finding.id).toBe('CVE-2026-199999');
});

test('findings whose names are long numbers are put in order', () => {
  const findings = Array.from({ length: 1000 }, (_, index) =>
    makeFinding({ id: `${'1'.repeat(500)}${index}` }),
  );
  expect(inTime(() => judge(findings, { failOn: 'critical' }, context)).verdict).toBe('fail');
});

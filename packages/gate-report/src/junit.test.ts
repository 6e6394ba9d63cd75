import { expect, test } from '@jest/globals';
import { junitOf } from './junit.ts';
import type { GateVerdict } from './verdict.ts';

const none: Pick<GateVerdict, 'absent' | 'unjudged' | 'notices' | 'warnings' | 'lines' | 'staleIgnores'> = {
  absent: [],
  unjudged: [],
  notices: [],
  warnings: [],
  lines: {},
  staleIgnores: [],
};

test('a missing image is an error of the report, not a report without cases', () => {
  const reason = { code: 'gate-unknown', message: 'There is no image to judge.' } as const;
  const verdict: GateVerdict = {
    ...none,
    verdict: 'unknown',
    images: [],
    policy: { failOn: 'high' },
    reportOnly: false,
    reasons: [reason],
  };
  expect(junitOf(verdict)).toContain('<error message="There is no image to judge."');
});

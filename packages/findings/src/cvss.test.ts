import { expect, test } from '@jest/globals';
import { cvssScores } from './cvss.ts';

// Scores of FIRST's calculators.
test.each([
  { vector: 'AV:N/AC:M/Au:N/C:N/I:P/A:N', version: '2.0', score: 4.3 },
  { vector: 'AV:N/AC:L/Au:N/C:C/I:C/A:C', version: '2.0', score: 10 },
  { vector: 'CVSS:3.0/AV:L/AC:L/PR:N/UI:R/S:U/C:N/I:N/A:H', version: '3.0', score: 5.5 },
  { vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', version: '3.1', score: 9.8 },
  { vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H', version: '3.1', score: 10 },
  { vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N', version: '3.1', score: 0 },
  {
    vector: 'CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:L/VI:L/VA:N/SC:N/SI:N/SA:N',
    version: '4.0',
    score: 6.3,
  },
  {
    vector: 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H',
    version: '4.0',
    score: 10,
  },
])('computes $score from $vector, whatever score the source has', ({ vector, version, score }) => {
  expect(cvssScores([{ vector, score: 0.1, source: 'nvd' }])).toEqual([
    { version, vector, score, source: 'nvd' },
  ]);
});

test.each([
  { vector: 'CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N/RL:O', score: 5.5 },
  { vector: 'CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:L/VI:L/VA:N/SC:N/SI:N/SA:N/E:U', score: 6.3 },
  { vector: 'AV:N/AC:M/Au:N/C:N/I:P/A:N/E:U/RL:OF/RC:UC', score: 4.3 },
])('computes the base score of $vector without its other metrics', ({ vector, score }) => {
  expect(cvssScores([{ vector }])).toMatchObject([{ vector, score }]);
});

test.each([
  ['an empty vector', ''],
  ['a vector without a metric', 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H'],
  ['an unknown value', 'CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'],
  ['a repeated metric', 'CVSS:3.1/AV:N/AV:L/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'],
  ['an unknown version', 'CVSS:5.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'],
  ['metrics of another version', 'CVSS:4.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'],
  ['a very long vector', `AV:N/AC:M/Au:N/C:N/I:P/A:N${'/X:Y'.repeat(1000)}`],
])('takes the score of the source for %s', (_, vector) => {
  expect(cvssScores([{ vector, score: 7.5, version: '3.0' }])).toEqual([{ version: '3.0', score: 7.5 }]);
});

test('leaves out ratings without a vector and with a score of 0 or one that is not from 0 to 10', () => {
  expect(
    cvssScores([{}, { score: 0 }, { score: Number.NaN }, { score: -1 }, { score: 10.1 }, { vector: 'x' }]),
  ).toEqual([]);
});

test('returns equal ratings of one source once', () => {
  const vector = 'AV:N/AC:M/Au:N/C:N/I:P/A:N';
  const ratings = [
    { vector, source: 'nvd' },
    { vector, source: 'nvd' },
    { vector, source: 'redhat' },
  ];
  expect(cvssScores(ratings).map(({ source }) => source)).toEqual(['nvd', 'redhat']);
});

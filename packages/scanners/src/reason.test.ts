import { expect, test } from '@jest/globals';
import { reasonOf } from './reason.ts';
import { scanners } from './scanner.ts';

const esc = '\u001b';

test.each<{ name: string; stdout?: string; stderr: string; reason: string }>([
  { name: 'nothing', stderr: '', reason: '' },
  { name: 'the message of JSON', stdout: '{"error":"Unauthorized."}', stderr: 'x', reason: 'Unauthorized' },
  {
    // Grype 0.121.3 without a database, printed to a pipe.
    name: 'the line of Grype, without its colours',
    stderr: `[0000]  WARN error updating db error=no such host\n[0012] ERROR ${esc}[31mfailed to load vulnerability db: database does not exist${esc}[0m\n`,
    reason: '[0012] ERROR failed to load vulnerability db: database does not exist',
  },
  {
    name: 'all errors of a list',
    stderr: `[0000] ERROR ${esc}[31m2 errors occurred:\n\t* failed to catalog: no such file\n\t* failed to load vulnerability db: database does not exist${esc}[0m\n\n`,
    reason:
      '[0000] ERROR 2 errors occurred: failed to catalog: no such file; failed to load vulnerability db: database does not exist',
  },
  {
    // Trivy 0.74.0 without a database.
    name: 'the line and the list of Trivy',
    stderr:
      '2026-11-30T06:07:16Z\tFATAL\tFatal error\trun error: failed to download vulnerability DB: 1 error occurred:\n\t* Get "https://mirror.gcr.io/v2/": no such host\n\n\n',
    reason:
      '2026-11-30T06:07:16Z FATAL Fatal error run error: failed to download vulnerability DB: 1 error occurred: Get "https://mirror.gcr.io/v2/": no such host',
  },
  { name: 'the output, if there is no error', stdout: 'gone\n', stderr: ' \n', reason: 'gone' },
  { name: 'the start of a long error', stderr: 'x'.repeat(3000), reason: 'x'.repeat(500) },
])('the reason of a failure is $name', ({ stdout = '', stderr, reason }) => {
  expect(reasonOf(stdout, stderr)).toBe(reason);
});

test('an output of any length and form takes no time', () => {
  const started = performance.now();
  reasonOf('', `${esc}[`.repeat(1_000_000));
  reasonOf('', '* \n'.repeat(1_000_000));
  expect(performance.now() - started).toBeLessThan(2000);
});

test('no configuration file of a scanner changes its exit code, hides its errors or redirects its report', () => {
  expect(scanners.trivy.args('a').join(' ')).toMatch(
    /--format json --exit-code 0 --exit-on-eol 0 .*--output= --input a$/,
  );
  expect(scanners.grype.args('a').join(' ')).toContain('--file= --quiet=false');
});

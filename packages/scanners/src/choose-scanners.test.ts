import { describe, expect, test } from '@jest/globals';
import type { ScanConfig } from '@towpath/config';
import { chooseScanners } from './choose-scanners.ts';
import { standIns } from './harness/stand-ins.ts';

const PATH = standIns({ trivy: '', grype: '' });
const withSnyk = standIns({ snyk: '', trivy: '' });

describe('chooseScanners', () => {
  test.each<{ scan: ScanConfig; env: Record<string, string>; chosen: readonly string[] }>([
    { scan: 'auto', env: {}, chosen: [] },
    { scan: 'auto', env: { SNYK_TOKEN: '' }, chosen: [] },
    { scan: 'auto', env: { SNYK_TOKEN: 't' }, chosen: ['snyk by npm'] },
    { scan: 'auto', env: { SNYK_TOKEN: 't', PATH: withSnyk }, chosen: ['snyk'] },
    { scan: 'auto', env: { PATH: withSnyk }, chosen: ['trivy'] },
    { scan: 'auto', env: { PATH }, chosen: ['trivy'] },
    { scan: 'required', env: { PATH }, chosen: ['trivy'] },
    { scan: ['grype'], env: { PATH, SNYK_TOKEN: 't' }, chosen: ['grype'] },
    { scan: ['grype', 'snyk'], env: { PATH, SNYK_TOKEN: 't' }, chosen: ['grype', 'snyk by npm'] },
    { scan: 'off', env: { PATH, SNYK_TOKEN: 't' }, chosen: [] },
  ])('with scan: $scan and $env takes $chosen', ({ scan, env, chosen }) => {
    const found = chooseScanners(scan, env);
    expect(found.map(({ name, program }) => (program === undefined ? `${name} by npm` : name))).toEqual(
      chosen,
    );
  });

  test.each<{ scan: ScanConfig; env: Record<string, string>; isOptional: boolean }>([
    { scan: 'auto', env: { PATH }, isOptional: true },
    { scan: 'auto', env: { PATH: withSnyk, SNYK_TOKEN: 't' }, isOptional: false },
    { scan: 'required', env: { PATH }, isOptional: false },
    { scan: ['trivy'], env: { PATH }, isOptional: false },
  ])('with scan: $scan and $env, the scanner is optional: $isOptional', ({ scan, env, isOptional }) => {
    const [found] = chooseScanners(scan, env);
    expect(found?.isOptional === true).toBe(isOptional);
  });

  test.each<{ scan: ScanConfig; problems: readonly RegExp[] }>([
    { scan: 'required', problems: [/no scanner is available/] },
    { scan: ['snyk'], problems: [/SNYK_TOKEN is empty/] },
    { scan: ['trivy', 'grype'], problems: [/needs the program trivy/, /needs the program grype/] },
  ])('with scan: $scan and nothing available reports every missing scanner', ({ scan, problems }) => {
    const choose = () => chooseScanners(scan, { PATH: '/does/not/exist' });
    const messages: readonly unknown[] = problems.map((message) => expect.stringMatching(message));
    expect(choose).toThrow(
      expect.objectContaining({
        code: 'scanner-missing',
        problems: messages.map((message) => expect.objectContaining({ message }) as unknown),
      }),
    );
  });
});

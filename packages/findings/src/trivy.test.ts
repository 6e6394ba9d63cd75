import { describe, expect, test } from '@jest/globals';
import { read, refusal } from './harness/read.ts';
import * as kinds from './harness/reports.ts';
import { sha, vector } from './harness/reports.ts';

describe('a report of Trivy', () => {
  test('has all that Trivy says', () => {
    const { subjects, ...report } = read(kinds.trivy);
    expect(report).toEqual({
      kind: 'trivy',
      tool: 'Trivy',
      version: '0.69.1',
      notices: [],
      findings: [
        {
          id: 'CVE-2026-1234',
          aliases: ['DSA-1234-1'],
          severity: 'critical',
          severitySource: 'debian',
          package: { name: 'openssl', version: '3.0.1-1', type: 'deb', layer: sha('d') },
          fix: { state: 'fixed', versions: ['3.0.2-1', '3.1.0-1'] },
          cvss: [
            { version: '3.1', vector, score: 9.8, source: 'nvd' },
            { version: '2.0', score: 5, source: 'redhat' },
          ],
          published: '2026-10-01T00:00:00.000Z',
          title: 'openssl: overflow',
          uri: 'https://avd.aquasec.com/nvd/cve-2026-1234',
          source: 'trivy',
        },
      ],
    });
    expect(subjects).toMatchObject([
      {
        type: 'image',
        name: 'payroll/backend:1.4.0',
        configs: [sha('c')],
        pulled: [sha('1')],
        diffIds: [sha('e')],
        platform: 'linux/amd64',
      },
    ]);
  });

  test.each([
    ['fixed', 'fixed'],
    ['affected', 'none'],
    ['fix_deferred', 'none'],
    ['will_not_fix', 'wont-fix'],
    ['end_of_life', 'wont-fix'],
    ['under_investigation', 'unknown'],
    ['not_affected', 'unknown'],
    ['unknown', 'unknown'],
    ['a_new_status', 'unknown'],
    [undefined, 'unknown'],
  ])('with status %s and no fixed version has a fix that is %s', (Status, state) => {
    const vulnerability = { ...kinds.trivyVulnerability, FixedVersion: undefined, Status };
    const { findings } = read({ ...kinds.trivy, Results: [{ Vulnerabilities: [vulnerability] }] });
    expect(findings[0]?.fix).toEqual({ state, versions: [] });
  });

  test('of schema 1 is a list of results', () => {
    const report = read([
      { Target: 'backend (debian 12)', Type: 'debian', Vulnerabilities: [kinds.trivyVulnerability] },
      { Target: 'x', Vulnerabilities: null },
    ]);
    expect(report).toMatchObject({
      kind: 'trivy',
      findings: [{ id: 'CVE-2026-1234' }],
      subjects: [{ type: 'unknown' }],
    });
  });

  test('without results is an image without findings, with a notice', () => {
    const { SchemaVersion, ArtifactName, ArtifactType } = kinds.trivy;
    expect(read({ SchemaVersion, ArtifactName, ArtifactType })).toMatchObject({
      findings: [],
      notices: ['Trivy found no packages in the image.'],
    });
  });

  test('with results for packages and no vulnerability is an image without findings', () => {
    expect(read({ ...kinds.trivy, Results: [{ Target: 'x', Class: 'os-pkgs' }] }).findings).toEqual([]);
  });

  const system = { OS: { Family: 'debian', Name: '12' } };
  const secrets = [{ Target: 'x', Class: 'secret', Secrets: [{}] }];

  test.each([
    { name: 'that found a secret', Metadata: {}, Results: secrets },
    { name: 'that found a secret in an image with a system', Metadata: system, Results: secrets },
    { name: 'that found nothing in an image with a system', Metadata: system, Results: undefined },
    { name: 'with an empty list of results', Metadata: system, Results: [] },
  ])('of a scan $name and did not look for vulnerabilities is refused', ({ Metadata, Results }) => {
    const document = { ...kinds.trivy, Metadata, Results };
    expect(refusal(JSON.stringify(document)).message).toContain('--scanners vuln');
  });

  test('of the packages of languages only says that those of the operating system are missing', () => {
    const Results = [{ Target: 'app/package-lock.json', Class: 'lang-pkgs', Type: 'npm' }];
    expect(read({ ...kinds.trivy, Metadata: system, Results }).notices).toEqual([
      'The report has no result for the packages of debian 12, so their vulnerabilities are missing.',
    ]);
    expect(read({ ...kinds.trivy, Metadata: {}, Results }).notices).toEqual([]);
  });

  test('says what it left out, and that an operating system is no longer supported', () => {
    const Metadata = { OS: { Family: 'debian', Name: '8', EOSL: true } };
    const Results = [
      {
        Vulnerabilities: [{ ...kinds.trivyVulnerability, Status: 'not_affected' }],
        ExperimentalModifiedFindings: [{}, {}],
        Secrets: [{}],
      },
    ];
    expect(read({ ...kinds.trivy, Metadata, Results }).notices).toEqual([
      '1 finding has the status not_affected. Towpath judges them. Accept them with a VEX document or an ignore.',
      'Trivy itself left out 2 findings, by an ignore file or a VEX document.',
      'The report has 1 secret or misconfiguration. Towpath judges vulnerabilities only.',
      'Trivy reports that debian 8 is no longer supported, so vulnerabilities can be missing.',
    ]);
  });

  test.each([
    ['container_image', 'image'],
    ['filesystem', 'other'],
    ['repository', 'other'],
    ['vm', 'other'],
    ['cyclonedx', 'unknown'],
  ])('of a %s has the type %s', (ArtifactType, type) => {
    expect(read({ ...kinds.trivy, ArtifactType }).subjects).toMatchObject([{ type }]);
  });
});

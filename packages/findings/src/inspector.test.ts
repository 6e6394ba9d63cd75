import { describe, expect, test } from '@jest/globals';
import { read, refusal } from './harness/read.ts';
import * as kinds from './harness/reports.ts';
import { sha, vector } from './harness/reports.ts';

describe('a report of Amazon Inspector', () => {
  test('has a subject for each image, and the EPSS', () => {
    const { subjects, findings } = read({
      findings: [
        kinds.inspectorFinding,
        { ...kinds.inspectorFinding, resources: [{ type: 'AWS_EC2_INSTANCE', id: 'i-1', details: {} }] },
      ],
    });
    expect(findings).toHaveLength(2);
    expect(findings[0]).toEqual({
      id: 'CVE-2026-1234',
      aliases: [],
      severity: 'high',
      package: { name: 'openssl', version: '3.0.1-1', type: 'deb', layer: sha('d') },
      fix: { state: 'fixed', versions: ['3.0.2-1'] },
      cvss: [{ version: '3.1', vector, score: 9.8, source: 'NVD' }],
      epss: { score: 0.5 },
      hasExploit: false,
      firstSeen: '2026-11-01T00:00:00.000Z',
      title: 'CVE-2026-1234 - openssl',
      uri: 'https://security-tracker.debian.org/tracker/CVE-2026-1234',
      source: 'inspector',
    });
    expect(subjects).toMatchObject([{ type: 'image', manifests: [sha('a')] }, { type: 'other' }]);
  });

  test('with closed and suppressed findings names their number', () => {
    const findings = ['CLOSED', 'SUPPRESSED'].map((status) => ({ ...kinds.inspectorFinding, status }));
    const report = read({ findings });
    expect(report.findings).toHaveLength(1);
    expect(report.notices).toHaveLength(2);
  });

  test.each([
    [{ findings: [] }, 'does not show that the image was scanned'],
    [{ ...kinds.inspector, nextToken: 'x' }, 'only the first page'],
    [{ ...kinds.inspector, NextToken: 'x' }, 'only the first page'],
  ])('that is incomplete is refused: %j', (document, message) => {
    expect(refusal(JSON.stringify(document)).message).toContain(message);
  });
});

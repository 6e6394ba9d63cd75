import { describe, expect, test } from '@jest/globals';
import { ecrBasicFinding } from './ecr-basic.ts';
import { ecrEnhancedFindings } from './ecr-enhanced.ts';

const layer = `sha256:${'a'.repeat(64)}`;
const vector = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';

describe('a finding of basic scanning', () => {
  test('has all that ECR says', () => {
    const finding = ecrBasicFinding({
      name: 'CVE-2026-1234',
      description: 'An overflow.',
      uri: 'https://security-tracker.debian.org/tracker/CVE-2026-1234',
      severity: 'HIGH',
      attributes: [
        { key: 'package_name', value: 'openssl' },
        { key: 'package_version', value: '3.0.1-1' },
        { key: 'CVSS2_VECTOR', value: 'AV:N/AC:M/Au:N/C:N/I:P/A:N' },
        { key: 'CVSS2_SCORE', value: '9.9' },
        { key: 'CVSS3_SCORE', value: '7.5' },
      ],
    });
    expect(finding).toEqual({
      id: 'CVE-2026-1234',
      aliases: [],
      severity: 'high',
      package: { name: 'openssl', version: '3.0.1-1' },
      fix: { state: 'unknown', versions: [] },
      cvss: [
        { version: '2.0', vector: 'AV:N/AC:M/Au:N/C:N/I:P/A:N', score: 4.3 },
        { version: '3.1', score: 7.5 },
      ],
      title: 'An overflow.',
      uri: 'https://security-tracker.debian.org/tracker/CVE-2026-1234',
      source: 'ecr-basic',
    });
  });

  test.each(['UNTRIAGED', 'CATASTROPHIC', undefined])(
    'with severity %s is unknown, the worst',
    (severity) => {
      expect(ecrBasicFinding({ name: 'CVE-2026-1234', severity })).toMatchObject({
        severity: 'unknown',
        rating: severity ?? 'none',
      });
    },
  );

  test('without attributes has no package and no rating', () => {
    expect(ecrBasicFinding({})).toMatchObject({ id: 'unnamed', package: undefined, cvss: [] });
  });
});

const enhanced = {
  title: 'CVE-2026-1234 - openssl, libssl3',
  severity: 'CRITICAL',
  status: 'ACTIVE',
  score: 9.8,
  scoreDetails: {
    cvss: { score: 8.1, scoreSource: 'NVD', scoringVector: vector.replace('AC:L', 'AC:H'), version: '3.1' },
  },
  fixAvailable: 'PARTIAL',
  exploitAvailable: 'YES',
  firstObservedAt: new Date('2026-11-01T00:00:00Z'),
  resources: [{ details: { awsEcrContainerImage: { platform: 'DEBIAN_12' } } }],
  packageVulnerabilityDetails: {
    vulnerabilityId: 'CVE-2026-1234',
    relatedVulnerabilities: ['GHSA-aaaa-bbbb-cccc'],
    cvss: [{ baseScore: 1, scoringVector: vector, source: 'NVD', version: '3.1' }],
    sourceUrl: 'https://nvd.nist.gov/vuln/detail/CVE-2026-1234',
    vendorCreatedAt: new Date('2026-10-01T00:00:00Z'),
    vulnerablePackages: [
      {
        name: 'openssl',
        version: '3.0.1',
        epoch: 1,
        release: '2',
        fixedInVersion: '1:3.0.2-1',
        packageManager: 'OS',
        sourceLayerHash: layer,
      },
      {
        name: 'github.com/a/b',
        version: '1.0.0',
        epoch: 0,
        packageManager: 'GOBINARY',
        filePath: 'app/server',
        fixedInVersion: 'NotAvailable',
      },
    ],
  },
};

describe('a finding of enhanced scanning', () => {
  test('is one finding for each package, with all that ECR says', () => {
    const common = {
      id: 'CVE-2026-1234',
      aliases: ['GHSA-aaaa-bbbb-cccc'],
      severity: 'critical',
      cvss: [
        { version: '3.1', vector, score: 9.8, source: 'NVD' },
        { version: '3.1', vector: vector.replace('AC:L', 'AC:H'), score: 8.1, source: 'NVD' },
      ],
      hasExploit: true,
      firstSeen: '2026-11-01T00:00:00.000Z',
      published: '2026-10-01T00:00:00.000Z',
      title: 'CVE-2026-1234 - openssl, libssl3',
      uri: 'https://nvd.nist.gov/vuln/detail/CVE-2026-1234',
      source: 'ecr-enhanced',
    };
    expect(ecrEnhancedFindings(enhanced)).toEqual([
      {
        ...common,
        package: { name: 'openssl', version: '1:3.0.1-2', type: 'deb', layer },
        fix: { state: 'fixed', versions: ['1:3.0.2-1'] },
      },
      {
        ...common,
        package: { name: 'github.com/a/b', version: '1.0.0', type: 'golang', path: 'app/server' },
        fix: { state: 'none', versions: [] },
      },
    ]);
  });

  test.each<{ fixAvailable?: string; fixedInVersion?: string; state: string; versions?: string[] }>([
    { fixAvailable: 'YES', fixedInVersion: '0:4.19.232-1', state: 'fixed', versions: ['4.19.232-1'] },
    { fixAvailable: 'YES', fixedInVersion: '9.0.1, 10.1.2', state: 'fixed', versions: ['9.0.1', '10.1.2'] },
    { fixAvailable: 'YES', fixedInVersion: 'NotAvailable', state: 'fixed' },
    { fixAvailable: 'YES', state: 'fixed' },
    { fixAvailable: 'NO', state: 'none' },
    { fixAvailable: 'NO', fixedInVersion: '1.2.3', state: 'fixed', versions: ['1.2.3'] },
    { fixAvailable: 'PARTIAL', fixedInVersion: '1.2.3', state: 'fixed', versions: ['1.2.3'] },
    { fixAvailable: 'PARTIAL', fixedInVersion: 'NotAvailable', state: 'none' },
    { fixAvailable: 'PARTIAL', state: 'partial' },
    { state: 'unknown' },
    { fixAvailable: 'SOON', state: 'unknown' },
    { fixedInVersion: '1.2.3', state: 'fixed', versions: ['1.2.3'] },
  ])(
    'with fixAvailable $fixAvailable and fixedInVersion $fixedInVersion is $state',
    ({ fixAvailable, fixedInVersion, state, versions = [] }) => {
      const [finding] = ecrEnhancedFindings({
        fixAvailable,
        packageVulnerabilityDetails: { vulnerablePackages: [{ name: 'openssl', fixedInVersion }] },
      });
      expect(finding?.fix).toEqual({ state, versions });
    },
  );

  test('without packages is one finding', () => {
    expect(ecrEnhancedFindings({ title: 'CVE-2026-1234 - x', severity: 'UNTRIAGED' })).toMatchObject([
      { id: 'CVE-2026-1234', title: 'CVE-2026-1234 - x', severity: 'unknown', rating: 'UNTRIAGED' },
    ]);
  });

  test('that Inspector suppresses is still a finding, and a closed one is not', () => {
    expect(ecrEnhancedFindings({ ...enhanced, status: 'SUPPRESSED' })).toHaveLength(2);
    expect(ecrEnhancedFindings({ ...enhanced, status: 'CLOSED' })).toEqual([]);
  });

  test('about an advisory is one finding for each package and each CVE', () => {
    const details = enhanced.packageVulnerabilityDetails;
    const found = ecrEnhancedFindings({
      ...enhanced,
      packageVulnerabilityDetails: {
        ...details,
        vulnerabilityId: 'ALAS2-2026-1',
        relatedVulnerabilities: ['CVE-2026-1111', 'CVE-2026-2222'],
      },
    });
    expect(found.map(({ id, aliases, package: one }) => [id, ...aliases, one?.name])).toEqual([
      ['CVE-2026-1111', 'ALAS2-2026-1', 'openssl'],
      ['CVE-2026-2222', 'ALAS2-2026-1', 'openssl'],
      ['CVE-2026-1111', 'ALAS2-2026-1', 'github.com/a/b'],
      ['CVE-2026-2222', 'ALAS2-2026-1', 'github.com/a/b'],
    ]);
  });

  test('with a score of 0 and no vector is not rated', () => {
    expect(ecrEnhancedFindings({ severity: 'UNTRIAGED', score: 0 })[0]?.cvss).toEqual([]);
  });

  test('with only a score has this score', () => {
    expect(ecrEnhancedFindings({ score: 7.5 })[0]?.cvss).toEqual([
      { version: '3.1', score: 7.5, source: 'Inspector' },
    ]);
  });
});

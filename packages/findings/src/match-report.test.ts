import { describe, expect, test } from '@jest/globals';
import { parseDigest } from '@towpath/reference';
import * as kinds from './harness/reports.ts';
import { reports, sha } from './harness/reports.ts';
import { matchReport, type ImageIdentity, type ReportMatch } from './match-report.ts';
import { readReport } from './read-report.ts';

function digest(digit: string): ImageIdentity['digest'] {
  return parseDigest(sha(digit));
}

const image: ImageIdentity = {
  digest: digest('a'),
  indexes: [digest('1')],
  config: digest('c'),
  diffIds: [digest('e')],
  platform: 'linux/amd64',
};

/** Another platform of the same index. */
const sibling: ImageIdentity = {
  digest: digest('b'),
  indexes: [digest('1')],
  config: digest('5'),
  diffIds: [digest('6')],
  platform: 'linux/arm64',
};

const stranger: ImageIdentity = {
  digest: digest('2'),
  config: digest('3'),
  diffIds: [digest('4')],
  platform: 'linux/amd64',
};

function match(document: object, identity: ImageIdentity = image): ReportMatch {
  return matchReport(readReport(JSON.stringify(document)), identity);
}

describe.each(Object.entries(reports))('a report of kind %s', (_, document) => {
  test('matches its own image and has its findings', () => {
    const { result, findings } = match(document);
    expect(result).toBe('matches');
    expect(findings.length).toBeGreaterThan(0);
  });

  test.each([
    ['another image', stranger],
    ['another platform of the same index', sibling],
  ])('is about another image than %s, and has no findings for it', (_name, identity) => {
    expect(match(document, identity)).toMatchObject({ result: 'other', findings: [] });
  });
});

const trivyWith = (Metadata: object, ArtifactName = 'backend:1') => ({
  ...kinds.trivy,
  ArtifactName,
  Metadata,
});

test.each<[string, object, ReportMatch['result']]>([
  ['the image id', { ImageID: sha('c') }, 'matches'],
  ['another image id', { ImageID: sha('3') }, 'other'],
  // Docker with the image store of containerd shows the digest of the manifest or of the index as the image id.
  ['the manifest as the image id', { ImageID: sha('a') }, 'matches'],
  [
    'the index as the image id, and the platform',
    { ImageID: sha('1'), ImageConfig: { os: 'linux', architecture: 'amd64' } },
    'matches',
  ],
  [
    'the index as the image id, and another platform',
    { ImageID: sha('1'), ImageConfig: { os: 'linux', architecture: 'arm64' } },
    'other',
  ],
  ['the index as the image id only', { ImageID: sha('1') }, 'unnamed'],
  [
    'another image id and the digest of the index',
    { ImageID: sha('3'), RepoDigests: [`x@${sha('1')}`] },
    'other',
  ],
  ['another image id and the same layers', { ImageID: sha('3'), DiffIDs: [sha('e')] }, 'other'],
  ['the digest of the manifest', { RepoDigests: [`x@${sha('a')}`] }, 'matches'],
  [
    'the digest of the index and the platform',
    { RepoDigests: [`x@${sha('1')}`], ImageConfig: { os: 'linux', architecture: 'amd64' } },
    'matches',
  ],
  [
    'the digest of the index and another platform',
    { RepoDigests: [`x@${sha('1')}`], ImageConfig: { os: 'linux', architecture: 'arm64' } },
    'other',
  ],
  ['the digest of the index only', { RepoDigests: [`x@${sha('1')}`] }, 'unnamed'],
  ['another repository digest', { RepoDigests: [`x@${sha('2')}`] }, 'other'],
  ['the layers', { DiffIDs: [sha('e')] }, 'matches'],
  ['other layers', { DiffIDs: [sha('4')] }, 'other'],
  ['the layers and one more', { DiffIDs: [sha('e'), sha('4')] }, 'other'],
  [
    'the image id and another platform',
    { ImageID: sha('c'), ImageConfig: { os: 'linux', architecture: 'arm64' } },
    'other',
  ],
  [
    'the image id and another operating system',
    { ImageID: sha('c'), ImageConfig: { os: 'windows', architecture: 'amd64' } },
    'other',
  ],
  ['invalid digests', { ImageID: 'sha256:c', RepoDigests: [''], DiffIDs: ['x'] }, 'unnamed'],
  ['nothing', {}, 'unnamed'],
])('a report with %s: %j is %s', (_, metadata, result) => {
  expect(match(trivyWith(metadata)).result).toBe(result);
});

test('takes a name with a digest for a repository digest', () => {
  expect(match(trivyWith({}, `payroll/backend@${sha('a')}`)).result).toBe('matches');
  expect(match(trivyWith({}, `payroll/backend@${sha('2')}`)).result).toBe('other');
});

test('does not trust the manifest digest that Grype computes for an image of a daemon over the image id', () => {
  const target = { ...kinds.grype.source.target, manifestDigest: sha('7'), repoDigests: [] };
  expect(match({ ...kinds.grype, source: { type: 'image', target } }).result).toBe('matches');
});

test.each([
  ['linux/arm64', 'linux/arm64', 'matches'],
  ['linux/arm64/v8', 'linux/arm64', 'matches'],
  ['linux/arm', 'linux/arm/v7', 'matches'],
  ['linux/arm', 'linux/arm/v6', 'matches'],
  ['linux/arm/v6', 'linux/arm/v7', 'other'],
  ['linux/amd64', 'linux/arm64', 'other'],
])('a report of platform %s is, for an image of platform %s: %s', (reported, platform, result) => {
  expect(match({ ...kinds.snyk, platform: reported }, { ...image, platform }).result).toBe(result);
});

test.each([
  ['a file system', { ...kinds.trivy, ArtifactType: 'filesystem' }],
  ['a directory', { ...kinds.grype, source: { type: 'directory', target: '/src' } }],
  ['a project', { ok: true, vulnerabilities: [], path: '/src' }],
])('a report of %s is not about an image', (_, document) => {
  const { result, reason } = match(document);
  expect(result).toBe('other');
  expect(reason).toContain('not an image');
});

test('a report of several images has only the findings of one', () => {
  const resources = [{ details: { awsEcrContainerImage: { imageHash: sha('2') } } }];
  const findings = [
    kinds.inspectorFinding,
    { ...kinds.inspectorFinding, resources },
    { ...kinds.inspectorFinding, resources: [] },
  ];
  expect(match({ findings }).findings).toHaveLength(1);
  expect(match({ findings }, { ...stranger, digest: digest('f') })).toMatchObject({
    result: 'other',
    findings: [],
  });
});

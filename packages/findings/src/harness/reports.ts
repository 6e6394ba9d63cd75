/** Small reports of each kind, as scanners write them. Each is about {@link image}, with one finding or two. */

/** A digest of 64 equal digits. */
export function sha(digit: string): string {
  return `sha256:${digit.repeat(64)}`;
}

export const vector = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';

export const trivyVulnerability = {
  VulnerabilityID: 'CVE-2026-1234',
  VendorIDs: ['DSA-1234-1'],
  PkgID: 'openssl@3.0.1-1',
  PkgName: 'openssl',
  PkgIdentifier: { PURL: 'pkg:deb/debian/openssl@3.0.1-1?arch=amd64' },
  InstalledVersion: '3.0.1-1',
  FixedVersion: '3.0.2-1, 3.1.0-1',
  Status: 'fixed',
  Layer: { Digest: sha('d'), DiffID: sha('e') },
  SeveritySource: 'debian',
  PrimaryURL: 'https://avd.aquasec.com/nvd/cve-2026-1234',
  Title: 'openssl: overflow',
  Severity: 'CRITICAL',
  CVSS: { nvd: { V3Vector: vector, V3Score: 1 }, redhat: { V2Score: 5, V3Score: 0 } },
  PublishedDate: '2026-10-01T00:00:00Z',
};

export const trivy = {
  SchemaVersion: 2,
  Trivy: { Version: '0.69.1' },
  ArtifactName: 'payroll/backend:1.4.0',
  ArtifactType: 'container_image',
  Metadata: {
    OS: { Family: 'debian', Name: '12' },
    ImageID: sha('c'),
    DiffIDs: [sha('e')],
    RepoDigests: [`example.com/payroll/backend@${sha('1')}`],
    ImageConfig: { architecture: 'amd64', os: 'linux' },
  },
  Results: [
    {
      Target: 'payroll/backend:1.4.0 (debian 12)',
      Class: 'os-pkgs',
      Type: 'debian',
      Vulnerabilities: [trivyVulnerability],
    },
    { Target: 'app/package-lock.json', Class: 'lang-pkgs', Type: 'npm' },
  ],
};

export const grypeMatch = {
  vulnerability: {
    id: 'GHSA-2222-3333-4444',
    dataSource: 'https://github.com/advisories/GHSA-2222-3333-4444',
    namespace: 'github:language:javascript',
    severity: 'High',
    cvss: [{ version: '3.1', vector, metrics: { baseScore: 1 } }],
    epss: [{ cve: 'CVE-2026-1234', epss: 0.5, percentile: 0.9 }],
    knownExploited: [{ cve: 'CVE-2026-1234', dateAdded: '2026-10-01' }],
    fix: {
      versions: ['2.0.1'],
      state: 'fixed',
      available: [
        { version: '2.0.1', date: '2026-09-02' },
        { version: '1.9.9', date: '2026-09-01' },
      ],
    },
    advisories: [],
  },
  relatedVulnerabilities: [
    {
      id: 'CVE-2026-1234',
      namespace: 'nvd:cpe',
      description: 'An overflow.',
      cvss: [{ source: 'nvd@nist.gov', version: '2.0', vector: 'AV:N/AC:L/Au:N/C:C/I:C/A:C' }],
    },
  ],
  artifact: {
    name: 'left-pad',
    version: '2.0.0',
    type: 'npm',
    purl: 'pkg:npm/left-pad@2.0.0',
    locations: [
      { path: '/licence', layerID: sha('8') },
      { path: '/app/package-lock.json', layerID: sha('9'), annotations: { evidence: 'primary' } },
    ],
  },
};

export const grype = {
  matches: [grypeMatch],
  source: {
    type: 'image',
    target: {
      userInput: 'payroll/backend:1.4.0',
      imageID: sha('c'),
      manifestDigest: sha('a'),
      repoDigests: [`example.com/payroll/backend@${sha('1')}`],
      architecture: 'amd64',
      os: 'linux',
    },
  },
  descriptor: { name: 'grype', version: '0.94.0', db: { status: { valid: true }, providers: { kev: {} } } },
};

export const snykIssue = {
  id: 'SNYK-JS-LEFTPAD-1',
  title: 'Overflow',
  severity: 'high',
  severityWithCritical: 'critical',
  identifiers: { CVE: ['CVE-2026-1234'], CWE: ['CWE-1'], GHSA: ['GHSA-2222-3333-4444'] },
  alternativeIds: ['SNYK-JS-LEFTPAD-0'],
  packageName: 'left-pad',
  name: 'left-pad',
  version: '2.0.0',
  packageManager: 'npm',
  CVSSv3: vector,
  cvssScore: 1,
  cvssDetails: [{ assigner: 'NVD', cvssV3Vector: vector.replace('AC:L', 'AC:H'), cvssV3BaseScore: 1 }],
  epssDetails: { probability: '0.50000', percentile: '0.90000' },
  exploit: 'Mature',
  fixedIn: ['2.0.1', '1.9.9'],
  nearestFixedInVersion: '2.0.1',
  disclosureTime: '2026-10-01T00:00:00Z',
  from: ['app@1', 'left-pad@2.0.0'],
};

export const snyk = {
  vulnerabilities: [
    {
      ...snykIssue,
      id: 'SNYK-DEBIAN12-ZLIB-1',
      name: 'zlib',
      version: '1.2',
      packageManager: 'debian:12',
      identifiers: {},
      fixedIn: [],
      nearestFixedInVersion: undefined,
    },
  ],
  ok: false,
  dependencyCount: 9,
  packageManager: 'deb',
  docker: {},
  platform: 'linux/amd64',
  path: 'payroll/backend:1.4.0',
  imageId: sha('c'),
  applications: [
    {
      vulnerabilities: [snykIssue, { ...snykIssue, from: ['app@1', 'b@1', 'left-pad@2.0.0'] }],
      ok: false,
      targetFile: '/app/package.json',
      packageManager: 'npm',
      path: 'payroll/backend:1.4.0',
    },
  ],
};

export const sarif = {
  version: '2.1.0',
  runs: [
    {
      tool: {
        driver: {
          name: 'Trivy',
          version: '0.69.1',
          rules: [
            {
              id: 'CVE-2026-1234',
              shortDescription: { text: 'openssl: overflow' },
              helpUri: 'https://avd.aquasec.com/nvd/cve-2026-1234',
              help: {
                text: 'Vulnerability CVE-2026-1234\nSeverity: HIGH\nPackage: openssl\nFixed Version: 3.0.2-1\nLink: [x](https://x)',
              },
              properties: { 'security-severity': '8.0', tags: ['vulnerability', 'security', 'HIGH'] },
            },
          ],
        },
      },
      results: [
        {
          ruleId: 'CVE-2026-1234',
          ruleIndex: 0,
          level: 'error',
          message: {
            text: 'Package: openssl\nInstalled Version: 3.0.1-1\nVulnerability CVE-2026-1234\nSeverity: HIGH\nFixed Version: 3.0.2-1',
          },
          locations: [{ physicalLocation: { artifactLocation: { uri: 'payroll/backend' } } }],
        },
      ],
      properties: {
        imageName: 'payroll/backend:1.4.0',
        imageID: sha('c'),
        repoDigests: [`example.com/payroll/backend@${sha('1')}`],
      },
    },
  ],
};

export const inspectorFinding = {
  findingArn: 'arn:aws:inspector2:us-east-1:111122223333:finding/1',
  type: 'PACKAGE_VULNERABILITY',
  title: 'CVE-2026-1234 - openssl',
  severity: 'HIGH',
  status: 'ACTIVE',
  epss: { score: 0.5 },
  fixAvailable: 'YES',
  exploitAvailable: 'NO',
  firstObservedAt: '2026-11-01T01:00:00+01:00',
  inspectorScore: 9.8,
  inspectorScoreDetails: {
    adjustedCvss: { score: 9.8, scoreSource: 'NVD', scoringVector: vector, version: '3.1' },
  },
  packageVulnerabilityDetails: {
    vulnerabilityId: 'CVE-2026-1234',
    relatedVulnerabilities: [],
    cvss: [{ baseScore: 1, scoringVector: vector, source: 'NVD', version: '3.1' }],
    sourceUrl: 'https://security-tracker.debian.org/tracker/CVE-2026-1234',
    vulnerablePackages: [
      {
        name: 'openssl',
        version: '3.0.1',
        epoch: 0,
        release: '1',
        fixedInVersion: '0:3.0.2-1',
        packageManager: 'OS',
        sourceLayerHash: sha('d'),
      },
    ],
  },
  resources: [
    {
      type: 'AWS_ECR_CONTAINER_IMAGE',
      details: {
        awsEcrContainerImage: {
          imageHash: sha('a'),
          repositoryName: 'payroll/backend',
          platform: 'DEBIAN_12',
        },
      },
    },
  ],
};

export const inspector = { findings: [inspectorFinding] };

export const ecr = {
  imageId: { imageDigest: sha('a') },
  repositoryName: 'payroll/backend',
  imageScanStatus: { status: 'COMPLETE' },
  imageScanFindings: {
    findings: [
      { name: 'CVE-2026-1234', severity: 'HIGH', attributes: [{ key: 'package_name', value: 'openssl' }] },
    ],
  },
};

/** One report of each kind, by its name. */
export const reports: Readonly<Record<string, object>> = { trivy, grype, snyk, sarif, inspector, ecr };

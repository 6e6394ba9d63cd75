import { describe, expect, test } from '@jest/globals';
import { CodedError } from '@towpath/errors';
import * as kinds from './harness/reports.ts';
import { sha, vector } from './harness/reports.ts';
import { readReport } from './read-report.ts';
import type { Report } from './report.ts';

function read(document: unknown): Report {
  return readReport(JSON.stringify(document), 'scan.json');
}

/** Returns the error of a text that is no report. */
function refusal(text: string): CodedError {
  try {
    readReport(text, 'scan.json');
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error('the text was read as a report');
}

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

  test('that looked only for secrets is refused', () => {
    const document = {
      ...kinds.trivy,
      Metadata: {},
      Results: [{ Target: 'x', Class: 'secret', Secrets: [{}] }],
    };
    expect(refusal(JSON.stringify(document)).message).toContain('--scanners vuln');
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

describe('a report of Grype', () => {
  test('has all that Grype says', () => {
    const { subjects, ...report } = read(kinds.grype);
    expect(report).toEqual({
      kind: 'grype',
      tool: 'Grype',
      version: '0.94.0',
      notices: [],
      findings: [
        {
          id: 'CVE-2026-1234',
          aliases: ['GHSA-2222-3333-4444'],
          severity: 'high',
          severitySource: 'github:language:javascript',
          package: {
            name: 'left-pad',
            version: '2.0.0',
            type: 'npm',
            path: '/app/package-lock.json',
            layer: sha('9'),
          },
          fix: { state: 'fixed', versions: ['2.0.1'] },
          fixAvailableSince: '2026-09-01T00:00:00.000Z',
          cvss: [
            { version: '3.1', vector, score: 9.8, source: 'github:language:javascript' },
            { version: '2.0', vector: 'AV:N/AC:L/Au:N/C:C/I:C/A:C', score: 10, source: 'nvd@nist.gov' },
          ],
          epss: { score: 0.5, percentile: 0.9 },
          isExploited: true,
          title: 'An overflow.',
          uri: 'https://github.com/advisories/GHSA-2222-3333-4444',
          source: 'grype',
        },
      ],
    });
    expect(subjects).toMatchObject([
      {
        type: 'image',
        manifests: [sha('a')],
        configs: [sha('c')],
        pulled: [sha('1')],
        platform: 'linux/amd64',
      },
    ]);
  });

  test.each([
    { fix: { state: 'not-fixed', versions: [] }, state: 'none' },
    { fix: { state: 'wont-fix', versions: [] }, state: 'wont-fix' },
    { fix: { state: 'wont-fix', versions: ['1'] }, state: 'wont-fix' },
    { fix: { state: 'unknown', versions: [] }, state: 'unknown' },
    { fix: { state: '', versions: ['1'] }, state: 'fixed' },
    { fix: undefined, state: 'unknown' },
  ])('with fix $fix has a fix that is $state', ({ fix, state }) => {
    const match = { ...kinds.grypeMatch, vulnerability: { ...kinds.grypeMatch.vulnerability, fix } };
    expect(read({ ...kinds.grype, matches: [match] }).findings[0]?.fix.state).toBe(state);
  });

  test('does not say whether a vulnerability is exploited unless its database has the catalog', () => {
    const match = {
      ...kinds.grypeMatch,
      vulnerability: { ...kinds.grypeMatch.vulnerability, knownExploited: undefined },
    };
    const exploited = (descriptor: object) =>
      read({ ...kinds.grype, matches: [match], descriptor }).findings[0]?.isExploited;
    expect(exploited(kinds.grype.descriptor)).toBe(false);
    expect(exploited({ name: 'grype' })).toBeUndefined();
  });

  test('does not take the rating of another CVE', () => {
    const related = [{ id: 'CVE-2026-9999', cvss: [{ vector }], epss: [{ epss: 1 }] }];
    const vulnerability = { id: 'CVE-2026-1234', severity: 'Low' };
    const { findings } = read({
      ...kinds.grype,
      matches: [{ vulnerability, relatedVulnerabilities: related, artifact: {} }],
    });
    expect(findings).toMatchObject([{ id: 'CVE-2026-1234', aliases: [], cvss: [] }]);
    expect(findings[0]?.epss).toBeUndefined();
  });

  test.each([
    { database: { error: 'no such file' }, message: 'no such file' },
    { database: { status: { valid: false } }, message: 'database' },
    { database: { status: { valid: true, error: 'too old' } }, message: 'too old' },
  ])('with the database $database is refused', ({ database, message }) => {
    const document = { ...kinds.grype, matches: [], descriptor: { name: 'grype', db: database } };
    expect(refusal(JSON.stringify(document)).message).toContain(message);
  });

  test('says how many matches it ignored, and whether it scanned an image', () => {
    const report = read({
      ...kinds.grype,
      ignoredMatches: [{}],
      source: { type: 'directory', target: '/src' },
    });
    expect(report.notices).toEqual([
      'Grype itself left out 1 finding, by its own rules, a .grype.yaml or a VEX document.',
    ]);
    expect(report.subjects).toMatchObject([{ type: 'other', name: '/src' }]);
  });
});

describe('a report of Snyk', () => {
  test('has the findings of the image and its applications, each once', () => {
    const { findings, subjects, notices } = read(kinds.snyk);
    expect(findings).toMatchObject([
      {
        id: 'SNYK-DEBIAN12-ZLIB-1',
        package: { name: 'zlib', version: '1.2', type: 'deb' },
        fix: { state: 'none', versions: [] },
      },
      { id: 'CVE-2026-1234' },
    ]);
    expect(findings[1]).toEqual({
      id: 'CVE-2026-1234',
      aliases: ['SNYK-JS-LEFTPAD-1', 'GHSA-2222-3333-4444', 'SNYK-JS-LEFTPAD-0'],
      severity: 'critical',
      package: { name: 'left-pad', version: '2.0.0', type: 'npm', path: '/app/package.json' },
      fix: { state: 'fixed', versions: ['2.0.1', '1.9.9'] },
      cvss: [
        { version: '3.1', vector, score: 9.8, source: 'Snyk' },
        { version: '3.1', vector: vector.replace('AC:L', 'AC:H'), score: 8.1, source: 'NVD' },
      ],
      epss: { score: 0.5, percentile: 0.9 },
      hasExploit: true,
      published: '2026-10-01T00:00:00.000Z',
      title: 'Overflow',
      source: 'snyk',
    });
    expect(subjects).toMatchObject([
      { type: 'image', name: 'payroll/backend:1.4.0', configs: [sha('c')], platform: 'linux/amd64' },
    ]);
    expect(notices).toEqual([]);
  });

  test('of several projects is not about an image', () => {
    const project = { vulnerabilities: [kinds.snykIssue], ok: false, packageManager: 'maven', path: '/work' };
    expect(read([project, { ...project, displayTargetFile: 'a/pom.xml' }])).toMatchObject({
      findings: [{ id: 'CVE-2026-1234' }, { id: 'CVE-2026-1234', package: { path: 'a/pom.xml' } }],
      subjects: [{ type: 'other' }],
    });
  });

  test('without a rating has none', () => {
    const issue = {
      id: 'SNYK-1',
      severity: 'low',
      CVSSv3: null,
      cvssScore: null,
      identifiers: { CVE: [] },
      fixedIn: null,
    };
    expect(read({ ...kinds.snyk, vulnerabilities: [issue], applications: [] }).findings).toMatchObject([
      { id: 'SNYK-1', severity: 'low', cvss: [], fix: { state: 'unknown' } },
    ]);
  });

  test.each([
    [{ ok: false, error: 'Authentication failed', path: 'x' }, 'is an error of Snyk: Authentication failed'],
    [[{ ...kinds.snyk }, { ok: false, error: 'no pom.xml' }], 'is an error of Snyk: no pom.xml'],
    [{ ok: false, vulnerabilities: [] }, 'contradicts itself'],
    [{ ok: true }, 'without a list of vulnerabilities'],
  ])('that failed is refused: %j', (document, message) => {
    expect(refusal(JSON.stringify(document)).message).toContain(message);
  });

  test('says what it left out', () => {
    const document = {
      ...kinds.snyk,
      applications: undefined,
      vulnerabilities: [{ id: 'snyk:lic:1', type: 'license', severity: 'high' }],
      filtered: { ignore: [{}] },
      severityThreshold: 'high',
      uniqueCount: 3,
    };
    const { findings, notices } = read(document);
    expect(findings).toEqual([]);
    expect(notices).toHaveLength(4);
  });
});

describe('a report in SARIF', () => {
  test('has what Trivy writes into its texts', () => {
    const { subjects, ...report } = read(kinds.sarif);
    expect(report).toEqual({
      kind: 'sarif',
      tool: 'Trivy',
      version: '0.69.1',
      notices: [],
      findings: [
        {
          id: 'CVE-2026-1234',
          aliases: [],
          severity: 'high',
          package: { name: 'openssl', version: '3.0.1-1', path: 'payroll/backend' },
          fix: { state: 'fixed', versions: ['3.0.2-1'] },
          cvss: [{ version: '3.1', score: 8, source: 'security-severity' }],
          title: 'openssl: overflow',
          uri: 'https://avd.aquasec.com/nvd/cve-2026-1234',
          source: 'sarif',
        },
      ],
    });
    expect(subjects).toMatchObject([{ type: 'image', configs: [sha('c')], pulled: [sha('1')] }]);
  });

  const run = (results: object[], rules: object[] = []) => ({
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'x', rules } }, results }],
  });

  test.each([
    { ruleId: 'CVE-2026-1234-openssl', rule: {}, id: 'CVE-2026-1234', aliases: ['CVE-2026-1234-openssl'] },
    { ruleId: '[HIGH] CVE-2026-1234', rule: {}, id: 'CVE-2026-1234', aliases: ['[HIGH] CVE-2026-1234'] },
    {
      ruleId: 'SNYK-1',
      rule: { fullDescription: { text: '(CVE-2026-1234) glibc@2' } },
      id: 'CVE-2026-1234',
      aliases: ['SNYK-1'],
    },
    {
      ruleId: 'SNYK-1',
      rule: { fullDescription: { text: 'CVE-2026-1234, CVE-2026-5678' } },
      id: 'SNYK-1',
      aliases: [],
    },
    { ruleId: 'DL3008', rule: {}, id: 'DL3008', aliases: [] },
  ])('finds the id of rule $ruleId', ({ ruleId, rule, id, aliases }) => {
    expect(read(run([{ ruleId }], [{ id: ruleId, ...rule }])).findings).toMatchObject([{ id, aliases }]);
  });

  test.each([
    { result: { level: 'error' }, severity: 'critical' },
    { result: { level: 'warning' }, severity: 'medium' },
    { result: {}, severity: 'medium' },
    { result: { level: 'note' }, severity: 'low' },
    { result: { level: 'none' }, severity: 'unknown' },
    { result: { level: 'note', properties: { 'security-severity': '9.1' } }, severity: 'critical' },
    { result: { properties: { 'security-severity': '0.0' } }, severity: 'unknown' },
    { result: { properties: { 'security-severity': '11' } }, severity: 'unknown' },
    { result: { properties: { severity: 'moderate', 'security-severity': '9.1' } }, severity: 'medium' },
    { result: { properties: { severity: 'UNTRIAGED' }, level: 'note' }, severity: 'unknown' },
  ])('rates $result as $severity', ({ result, severity }) => {
    expect(read(run([{ ruleId: 'X', ...result }])).findings[0]?.severity).toBe(severity);
  });

  test.each([
    { tags: ['security', 'HIGH'], severity: 'high' },
    { tags: ['info', 'low'], severity: 'critical' },
  ])('with the tags $tags is $severity', ({ tags, severity }) => {
    const properties = { tags, 'security-severity': '9.8' };
    expect(read(run([{ ruleId: 'X' }], [{ id: 'X', properties }])).findings[0]?.severity).toBe(severity);
  });

  test('finds the package in a package URL', () => {
    const properties = {
      purls: ['pkg:deb/debian/glibc@2.36-9%2Bdeb12u1?os_name=debian'],
      fixed_version: 'not fixed',
    };
    expect(read(run([{ ruleId: 'X' }], [{ id: 'X', properties }])).findings).toMatchObject([
      { package: { name: 'glibc', version: '2.36-9+deb12u1', type: 'deb' }, fix: { state: 'none' } },
    ]);
  });

  test('has neither results that passed nor results that are gone, but those that are suppressed', () => {
    const report = read(
      run([
        { ruleId: 'A', kind: 'pass' },
        { ruleId: 'B', baselineState: 'absent' },
        { ruleId: 'C', suppressions: [{ kind: 'external' }] },
      ]),
    );
    expect(report.findings).toMatchObject([{ id: 'C' }]);
    expect(report.notices).toHaveLength(1);
  });

  test.each([
    [{ version: '2.0.0', runs: [] }, 'version 2.0.0'],
    [{ version: '2.1.0', runs: [] }, 'without runs'],
    [{ version: '2.1.0', runs: [{ tool: { driver: { name: 'x' } } }] }, 'x has no list of results'],
    [{ version: '2.1.0', runs: [{ results: null }] }, 'has no list of results'],
    [
      {
        version: '2.1.0',
        runs: [{ results: [], invocations: [{ executionSuccessful: false, exitCodeDescription: 'killed' }] }],
      },
      'killed',
    ],
  ])('that is incomplete is refused: %j', (document, message) => {
    expect(refusal(JSON.stringify(document)).message).toContain(message);
  });
});

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
  ])('that is incomplete is refused: %j', (document, message) => {
    expect(refusal(JSON.stringify(document)).message).toContain(message);
  });
});

describe('an answer of ECR', () => {
  test('is a report of the image with this digest', () => {
    expect(read(kinds.ecr)).toMatchObject({
      kind: 'ecr',
      findings: [{ id: 'CVE-2026-1234', package: { name: 'openssl' } }],
      subjects: [{ type: 'image', manifests: [sha('a')] }],
    });
  });

  test.each([
    [{ ...kinds.ecr, imageScanStatus: { status: 'IN_PROGRESS' } }, 'status IN_PROGRESS'],
    [{ ...kinds.ecr, imageScanFindings: undefined }, 'status COMPLETE'],
    [{ ...kinds.ecr, nextToken: 'x' }, 'only the first page'],
  ])('that is incomplete is refused: %j', (document, message) => {
    expect(refusal(JSON.stringify(document)).message).toContain(message);
  });
});

describe('readReport', () => {
  test.each([
    ['', 'is empty'],
    [' \n', 'is empty'],
    ['null', 'it is null'],
    ['"x"', 'it is a string'],
    ['{}', 'it is an empty object'],
    ['[]', 'it is an empty list'],
    ['["not", "a", "document"]', 'it is a list of something else'],
    ['[{"line":9,"code":"DL3008","level":"warning","file":"Dockerfile"}]', 'hadolint'],
    ['{"@context":"https://openvex.dev/ns/v0.2.0","statements":[]}', 'OpenVEX'],
    ['{"bomFormat":"CycloneDX","components":[]}', 'SBOM'],
    ['{"error":"no such image"}', 'it is an error: no such image'],
    ['{"a":1,"b":2}', 'it is an object with a, b'],
    ['{"SchemaVersion":3,"Results":[]}', 'schema version 3'],
    ['{"matches":null,"descriptor":{"name":"grype"}}', 'no list of matches'],
    ['{"ArtifactType":"container_image","Results":{}}', 'Results is not a list'],
    [
      '{"ArtifactType":"container_image","Results":[{"Vulnerabilities":["x"]}]}',
      'Results[0].Vulnerabilities[0] is not an object',
    ],
    ['\u0000{\u0000}', 'not in UTF-8'],
  ])('refuses %j, with the reason and the valid formats', (text, reason) => {
    const error = refusal(text);
    expect(error.code).toBe('report-invalid');
    expect(error.message).toMatch(/^scan\.json .*\.$/s);
    expect(error.message).toContain(reason);
    expect(error.hint).toContain('trivy image --format json');
  });

  test.each(Object.entries(kinds.reports))(
    'refuses a report of kind %s that is truncated anywhere',
    (_, document) => {
      const text = JSON.stringify(document);
      for (let length = 0; length < text.length; length += 7)
        expect(refusal(text.slice(0, length)).code).toBe('report-invalid');
    },
  );

  test('accepts a byte order mark', () => {
    expect(readReport(`\uFEFF${JSON.stringify(kinds.trivy)}`).findings).toHaveLength(1);
  });

  test('refuses a report with too many findings', () => {
    const vulnerability = '{"VulnerabilityID":"X"}';
    const many = `{"ArtifactType":"container_image","Results":[{"Vulnerabilities":[${Array.from({ length: 200_001 }, () => vulnerability).join(',')}]}]}`;
    expect(refusal(many).message).toContain('has 200001 findings. The limit is 200000');
  });
});

import { describe, expect, test } from '@jest/globals';
import { read, refusal } from './harness/read.ts';
import * as kinds from './harness/reports.ts';
import { sha } from './harness/reports.ts';
import { readReport } from './read-report.ts';

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
    [{ ...kinds.ecr, NextToken: 'x' }, 'only the first page'],
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
    ['{"bomFormat":"CycloneDX","components":[],"vulnerabilities":[]}', 'SBOM'],
    ['{"spdxVersion":"SPDX-2.3","packages":[]}', 'SBOM'],
    ['{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[]}', 'SBOM'],
    ['{"sbom":{"bomFormat":"CycloneDX"}}', 'SBOM'],
    [' <?xml version="1.0"?><bom/>', 'is XML'],
    ['{"ClusterName":"prod","Resources":[]}', 'trivy image'],
    ['{"runs":null,"version":"2.1.0"}', 'without runs'],
    ['{"error":"no such image"}', 'it is an error: no such image'],
    ['{"a":1,"b":2}', 'it is an object with the keys a, b'],
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

  test.each(['utf16le', 'utf16be'])('refuses a report in %s', (encoding) => {
    const bytes = Buffer.from(`\uFEFF${JSON.stringify(kinds.trivy)}`, 'utf16le');
    if (encoding === 'utf16be') bytes.swap16();
    expect(refusal(bytes.toString('utf8')).message).toContain('not in UTF-8');
  });

  test('accepts a byte order mark', () => {
    expect(readReport(`\uFEFF${JSON.stringify(kinds.trivy)}`).findings).toHaveLength(1);
  });

  test('refuses a report with too many findings', () => {
    const vulnerability = '{"VulnerabilityID":"X"}';
    const many = `{"ArtifactType":"container_image","Results":[{"Vulnerabilities":[${Array.from({ length: 200_001 }, () => vulnerability).join(',')}]}]}`;
    expect(refusal(many).message).toContain('has more than 200000 findings');
  });
});

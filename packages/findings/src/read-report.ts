import { CodedError } from '@towpath/errors';
import { isEcr, readEcr } from './ecr-report.ts';
import { isGrype, readGrype } from './grype.ts';
import { isInspector, readInspector } from './inspector.ts';
import { InvalidReport, isObject, memberOf, textOf, type Json } from './json.ts';
import { maxFindings, type Report } from './report.ts';
import { isSarif, readSarif } from './sarif.ts';
import { isSnyk, readSnyk } from './snyk.ts';
import { shorten } from './text.ts';
import { isTrivy, readTrivy } from './trivy.ts';

/** In characters. A report of Trivy has about 4,000 for each finding. */
const maxReportLength = 256 * 1024 * 1024;

/** The formats, with a test whether a document has the format. The first one that matches reads the document. */
const formats: readonly {
  readonly is: (document: Json) => boolean;
  readonly read: (document: Json) => Report;
}[] = [
  { is: isSarif, read: readSarif },
  { is: isGrype, read: readGrype },
  { is: isEcr, read: readEcr },
  { is: isTrivy, read: readTrivy },
  { is: isSnyk, read: readSnyk },
  { is: isInspector, read: readInspector },
];

/** What a valid report is, as the hint of an error. */
const expected =
  'Pass the report of a scan of the image: trivy image --format json, grype --output json, snyk container test --json, SARIF 2.1.0 of any scanner, aws inspector2 list-findings, or aws ecr describe-image-scan-findings.';

/**
 * Returns the findings of a scanner's report. The format is detected.
 *
 * @param text the content of the file
 * @param file the name of the file, for messages
 * @throws CodedError `report-invalid` if the text is not a complete report of vulnerabilities. An empty or incomplete
 *   report never counts as a report without findings.
 */
export function readReport(text: string, file = 'The report'): Report {
  try {
    const report = readDocument(parse(text));
    if (report.findings.length > maxFindings)
      throw new InvalidReport(`has ${report.findings.length} findings. The limit is ${maxFindings}`);
    return report;
  } catch (error) {
    if (!(error instanceof InvalidReport)) throw error;
    throw new CodedError('report-invalid', `${file} ${error.message}.`, { hint: expected, cause: error });
  }
}

function parse(text: string): Json {
  if (text.length > maxReportLength) {
    throw new InvalidReport(`has ${text.length} characters. The limit is ${maxReportLength}`);
  }
  const content = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (content.trim() === '') throw new InvalidReport('is empty. The scanner did not finish');
  if (content.slice(0, 200).includes('\0')) {
    throw new InvalidReport(
      'is not in UTF-8. PowerShell writes UTF-16 by default: let the scanner write the file',
    );
  }
  if (/^\s*<\?xml/.test(content.slice(0, 200)))
    throw new InvalidReport('is XML. Let the scanner write its own JSON, or SARIF');
  try {
    return JSON.parse(content);
  } catch (error) {
    throw new InvalidReport(
      `is not valid JSON, or incomplete: ${shorten((error as SyntaxError).message) ?? ''}`,
    );
  }
}

function readDocument(document: Json): Report {
  const format = formats.find(({ is }) => is(document));
  if (format === undefined)
    throw new InvalidReport(`is not a report of vulnerabilities: ${describe(document)}`);
  return format.read(document);
}

/** Returns what a document is that is no report, to point out a wrong file. */
function describe(document: Json): string {
  if (Array.isArray(document)) {
    if (document.length === 0) return 'it is an empty list';
    const first: Json = document[0];
    if (textOf(first, 'code') !== undefined && textOf(first, 'level') !== undefined)
      return 'it is a report of hadolint, which checks Dockerfiles';
    return 'it is a list of something else';
  }
  if (!isObject(document)) return `it is ${document === null ? 'null' : `a ${typeof document}`}`;
  const context = textOf(document, '@context') ?? '';
  if (context.includes('openvex')) return 'it is an OpenVEX document. List it in vex of the gate';
  const isSbom = ['bomFormat', 'spdxVersion', 'sbom'].some((name) => Object.hasOwn(document, name));
  if (isSbom || context.includes('spdx'))
    return 'it is an SBOM. Let the scanner write its own JSON, or SARIF';
  if (textOf(document, 'ClusterName') !== undefined)
    return 'it is a report of Trivy about a cluster. Scan the image with trivy image';
  const error = memberOf(document, 'error') ?? memberOf(document, 'message');
  if (typeof error === 'string') return `it is an error: ${shorten(error) ?? ''}`;
  const keys = Object.keys(document);
  if (keys.length === 0) return 'it is an empty object';
  const shown = keys.slice(0, 5).map((key) => shorten(key) ?? '""');
  return `it is an object with the keys ${shown.join(', ')}${keys.length > shown.length ? ', …' : ''}`;
}

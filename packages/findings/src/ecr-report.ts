import { ecrBasicFinding } from './ecr-basic.ts';
import { ecrEnhancedFindings } from './ecr-enhanced.ts';
import { hasNextPage, InvalidReport, isObject, memberOf, objectsOf, textOf, type Json } from './json.ts';
import { unidentified, type Report } from './report.ts';
import { digestsIn, shorten } from './text.ts';

/** Whether a document is the answer of `aws ecr describe-image-scan-findings`. */
export function isEcr(document: Json): boolean {
  return isObject(document) && Object.hasOwn(document, 'imageScanStatus');
}

/** @throws InvalidReport */
export function readEcr(document: Json): Report {
  const status = textOf(document, 'imageScanStatus', 'status');
  const scan = memberOf(document, 'imageScanFindings');
  if (!['COMPLETE', 'ACTIVE'].includes(status ?? '') || !isObject(scan)) {
    throw new InvalidReport(
      `is a scan with status ${shorten(status) ?? '(none)'}. Wait until it is COMPLETE or ACTIVE`,
    );
  }
  if (hasNextPage(document)) {
    throw new InvalidReport(
      'has only the first page of findings. Run aws ecr describe-image-scan-findings without --max-items',
    );
  }
  const findings = [
    ...objectsOf(scan, 'findings', 'imageScanFindings').map(ecrBasicFinding),
    ...objectsOf(scan, 'enhancedFindings', 'imageScanFindings').flatMap((one) => ecrEnhancedFindings(one)),
  ];
  const subject = {
    ...unidentified,
    type: 'image',
    name: shorten(textOf(document, 'repositoryName')),
    manifests: digestsIn([textOf(document, 'imageId', 'imageDigest')]),
    findings,
  } as const;
  return { kind: 'ecr', tool: 'Amazon ECR', subjects: [subject], findings, notices: [] };
}

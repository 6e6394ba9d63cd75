import type { Digest } from '@towpath/reference';
import { ecrEnhancedFindings } from './ecr-enhanced.ts';
import type { Finding } from './finding.ts';
import {
  detailsOf,
  hasNextPage,
  InvalidReport,
  isObject,
  memberOf,
  objectsOf,
  textOf,
  type Json,
} from './json.ts';
import { counted } from './notice.ts';
import { maxFindings, unidentified, type Report, type ReportSubject } from './report.ts';
import { digestIn, shorten } from './text.ts';

/** Whether a document is the answer of `aws inspector2 list-findings`. */
export function isInspector(document: Json): boolean {
  const findings = memberOf(document, 'findings');
  return (
    Array.isArray(findings) &&
    findings.every(
      (one) =>
        textOf(one, 'findingArn') !== undefined || isObject(memberOf(one, 'packageVulnerabilityDetails')),
    )
  );
}

/** @throws InvalidReport */
export function readInspector(document: Json): Report {
  if (hasNextPage(document)) {
    throw new InvalidReport(
      'has only the first page of findings. Run aws inspector2 list-findings without --max-items',
    );
  }
  const given = objectsOf(document, 'findings', '');
  if (given.length === 0) {
    throw new InvalidReport(
      'has no findings of Amazon Inspector. An empty list does not show that the image was scanned. Leave out the input reports, so that Towpath asks ECR',
    );
  }
  const images = new Map<Digest, { name: string | undefined; findings: Finding[] }>();
  const others: Finding[] = [];
  for (const one of given) {
    const findings = ecrEnhancedFindings(one, 'inspector');
    const found = imagesOf(one);
    if (found.length === 0) others.push(...findings);
    for (const { digest, name } of found) {
      const image = images.get(digest) ?? { name, findings: [] };
      images.set(digest, image);
      for (const finding of findings) image.findings.push(finding);
      if (image.findings.length > maxFindings)
        throw new InvalidReport(`has more than ${maxFindings} findings`);
    }
  }
  const subjects: ReportSubject[] = [...images].map(([digest, { name, findings }]) => ({
    ...unidentified,
    type: 'image',
    name,
    manifests: [digest],
    findings,
  }));
  if (others.length > 0) {
    subjects.push({ ...unidentified, type: 'other', name: 'resources other than images', findings: others });
  }
  const closed = given.filter((one) => textOf(one, 'status') === 'CLOSED').length;
  const suppressed = given.filter((one) => textOf(one, 'status') === 'SUPPRESSED').length;
  const notices = [
    closed > 0 && `${counted(closed, 'finding is', 'findings are')} closed in Amazon Inspector and left out.`,
    suppressed > 0 &&
      `${counted(suppressed, 'finding is', 'findings are')} suppressed in Amazon Inspector. Towpath judges them. Accept them with an ignore.`,
  ];
  return {
    kind: 'inspector',
    tool: 'Amazon Inspector',
    subjects,
    findings: subjects.flatMap(({ findings }) => findings),
    notices: notices.filter((notice) => notice !== false),
  };
}

/** Returns the images that a finding is about, by the digests of their manifests. */
function imagesOf(finding: Json): { digest: Digest; name: string | undefined }[] {
  return detailsOf(finding, 'resources').flatMap((resource) => {
    const image = memberOf(resource, 'details', 'awsEcrContainerImage');
    const digest = digestIn(textOf(image, 'imageHash'));
    return digest === undefined ? [] : [{ digest, name: shorten(textOf(image, 'repositoryName')) }];
  });
}

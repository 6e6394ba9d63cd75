import { cvssScores, type Rating } from './cvss.ts';
import type { Finding, VulnerablePackage } from './finding.ts';
import { identifyAlone } from './identifiers.ts';
import { detailsOf, numberOf, textOf, type Json } from './json.ts';
import { rated } from './rated.ts';
import { shorten } from './text.ts';

type Attributes = Readonly<Record<string, string | undefined>>;

/**
 * Returns a finding of ECR's basic scanning. ECR does not say whether a fix exists.
 *
 * @param finding an ImageScanFinding of the ECR API
 */
export function ecrBasicFinding(finding: Json): Finding {
  const attributes = Object.fromEntries(
    detailsOf(finding, 'attributes').map((one) => [
      textOf(one, 'key')?.toUpperCase() ?? '',
      textOf(one, 'value'),
    ]),
  );
  return {
    ...identifyAlone(textOf(finding, 'name')),
    ...rated(textOf(finding, 'severity')),
    package: packageOf(attributes),
    fix: { state: 'unknown', versions: [] },
    cvss: cvssScores(['2', '3', '4'].map((version) => ratingOf(attributes, version))),
    title: shorten(textOf(finding, 'description')),
    uri: textOf(finding, 'uri'),
    source: 'ecr-basic',
  };
}

function packageOf({
  PACKAGE_NAME: name,
  PACKAGE_VERSION: version,
}: Attributes): VulnerablePackage | undefined {
  const text = shorten(name);
  return text === undefined ? undefined : { name: text, version: shorten(version) };
}

function ratingOf(attributes: Attributes, version: string): Rating {
  return {
    vector: textOf(attributes, `CVSS${version}_VECTOR`),
    score: numberOf(attributes, `CVSS${version}_SCORE`),
    version,
  };
}

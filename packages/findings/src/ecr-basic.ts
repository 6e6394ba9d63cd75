import { cvssScores, type Rating } from './cvss.ts';
import type { Finding, VulnerablePackage } from './finding.ts';
import { identify } from './identifiers.ts';
import { rated } from './rated.ts';
import { shorten } from './text.ts';

/** A finding of ECR's basic scanning (ECR API, ImageScanFinding). */
export interface EcrBasicFinding {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly uri?: string | undefined;
  readonly severity?: string | undefined;
  readonly attributes?: readonly EcrAttribute[] | undefined;
}

interface EcrAttribute {
  readonly key?: string | undefined;
  readonly value?: string | undefined;
}

type Attributes = ReadonlyMap<string, string | undefined>;

/** Returns a finding of ECR's basic scanning. ECR does not say whether a fix exists. */
export function ecrBasicFinding({
  name,
  description,
  severity,
  uri,
  attributes = [],
}: EcrBasicFinding): Finding {
  const values: Attributes = new Map(attributes.map(({ key = '', value }) => [key.toUpperCase(), value]));
  return {
    ...identify(name),
    ...rated(severity),
    package: packageOf(values),
    fix: { state: 'unknown', versions: [] },
    cvss: cvssScores(['2', '3', '4'].map((version) => ratingOf(values, version))),
    title: shorten(description),
    uri,
    source: 'ecr-basic',
  };
}

function packageOf(values: Attributes): VulnerablePackage | undefined {
  const name = shorten(values.get('PACKAGE_NAME'));
  return name === undefined ? undefined : { name, version: shorten(values.get('PACKAGE_VERSION')) };
}

function ratingOf(values: Attributes, version: string): Rating {
  const score = shorten(values.get(`CVSS${version}_SCORE`));
  return {
    vector: values.get(`CVSS${version}_VECTOR`),
    score: score === undefined ? undefined : Number(score),
    version,
  };
}

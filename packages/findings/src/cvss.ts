import calculator from 'ae-cvss-calculator';
import type { CvssScore } from './finding.ts';
import { shorten } from './text.ts';

/** A rating as a source gives it. */
export interface Rating {
  readonly vector?: string | undefined;
  readonly score?: number | undefined;
  readonly version?: string | undefined;
  readonly source?: string | undefined;
}

type Version = CvssScore['version'];

/** The required metrics of a vector, with their values. */
const baseMetrics: Readonly<Record<'2' | '3' | '4', Readonly<Record<string, string>>>> = {
  2: { AV: 'LAN', AC: 'HML', Au: 'MSN', C: 'NPC', I: 'NPC', A: 'NPC' },
  3: { AV: 'NALP', AC: 'LH', PR: 'NLH', UI: 'NR', S: 'UC', C: 'HLN', I: 'HLN', A: 'HLN' },
  4: {
    ...{ AV: 'NALP', AC: 'LH', AT: 'NP', PR: 'NLH', UI: 'NPA' },
    ...{ VC: 'HLN', VI: 'HLN', VA: 'HLN', SC: 'HLN', SI: 'HLN', SA: 'HLN' },
  },
};

const calculators = {
  '2.0': calculator.Cvss2,
  '3.0': calculator.Cvss3P0,
  '3.1': calculator.Cvss3P1,
  '4.0': calculator.Cvss4P0,
} as const satisfies Record<Version, unknown>;

/** Longer than a vector of all metrics of CVSS v4. */
const maxVector = 300;

/** Results by vector: images repeat a few hundred vectors, and a score of CVSS v4 takes 0.3 ms. */
const known = new Map<string, RatedVector | undefined>();

/** More vectors than the largest images have. */
const maxKnown = 10_000;

/** A valid vector with its base score. */
type RatedVector = Pick<CvssScore, 'version' | 'score'> & { readonly vector: string };

/**
 * Returns ratings without duplicates. A rating whose score and vector are both invalid is left out, and so is a score of 0
 * without a vector.
 *
 * The base score is computed from the vector. The score of the source counts only if the vector is missing or invalid.
 */
export function cvssScores(ratings: readonly Rating[]): CvssScore[] {
  const seen = new Map<string, CvssScore>();
  for (const rating of ratings) {
    const score = cvssScore(rating);
    if (score === undefined) continue;
    const key = `${score.version} ${score.vector ?? score.score} ${score.source ?? ''}`;
    if (!seen.has(key)) seen.set(key, score);
  }
  return [...seen.values()];
}

function cvssScore({ vector, score, version, source }: Rating): CvssScore | undefined {
  const valid = vector === undefined || vector.length > maxVector ? undefined : rateVector(vector);
  const rated = shorten(source) === undefined ? {} : { source: shorten(source) };
  if (valid !== undefined) return { ...valid, ...rated };
  // Scanners write 0 for a missing score. A vector of 0 says that there is no impact.
  if (score === undefined || !(score > 0 && score <= 10)) return undefined;
  return { version: versionOf(version, vector), score, ...rated };
}

/** Returns the version of a rating without a valid vector. Most scores without a version are of CVSS v3.1. */
function versionOf(version: string | undefined, vector: string | undefined): Version {
  const text = version ?? /^CVSS:(\d\.\d)/.exec(vector?.slice(0, 10) ?? '')?.[1];
  if (text?.startsWith('2') === true) return '2.0';
  if (text?.startsWith('4') === true) return '4.0';
  return text === '3.0' ? '3.0' : '3.1';
}

function rateVector(text: string): RatedVector | undefined {
  if (!known.has(text)) {
    if (known.size >= maxKnown) known.clear();
    known.set(text, computeScore(text));
  }
  return known.get(text);
}

/** Returns undefined unless each base metric exists once, with a valid value. */
function computeScore(text: string): RatedVector | undefined {
  const vector = text.trim().replace(/^\(|\)$/g, '');
  const { version, metrics } =
    /^(?:CVSS:(?<version>2\.0|3\.0|3\.1|4\.0)\/)?(?<metrics>\w+:\w+(?:\/\w+:\w+)*)$/.exec(vector)?.groups ??
    {};
  if (metrics === undefined) return undefined;
  const major = (version ?? '2.0').charAt(0) as keyof typeof baseMetrics;
  const values = metrics.split('/').map((metric) => metric.split(':') as [string, string]);
  const byName = new Map(values);
  const base = Object.entries(baseMetrics[major]).map(([name, valid]) => {
    const value = byName.get(name) ?? '';
    return value.length === 1 && valid.includes(value) ? `${name}:${value}` : undefined;
  });
  if (byName.size < values.length || base.includes(undefined)) return undefined;
  const number = (version ?? '2.0') as Version;
  const prefix = major === '2' ? '' : `CVSS:${number}/`;
  // Only the base metrics: CVSS v4 would count the others in its score.
  const { base: score } = new calculators[number](`${prefix}${base.join('/')}`).calculateScores();
  // Every valid vector has a score. Without one, the worst is assumed.
  return { version: number, vector, score: score ?? 10 };
}

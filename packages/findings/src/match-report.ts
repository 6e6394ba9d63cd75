import { parsePlatform, type Digest, type Platform } from '@towpath/reference';
import type { Finding } from './finding.ts';
import { counted } from './notice.ts';
import type { Report, ReportSubject } from './report.ts';

/** The manifest of one platform, with all ids by which a report can name it. */
export interface ImageIdentity {
  /** The digest of the manifest. */
  readonly digest: Digest;
  /** The digests of the indexes that contain the manifest. */
  readonly indexes?: readonly Digest[];
  /** The digest of the config, which Docker calls the image id. */
  readonly config?: Digest;
  /** The digests of the uncompressed layers, from the config. */
  readonly diffIds?: readonly Digest[];
  /** E.g. `linux/amd64`. */
  readonly platform?: string;
}

/** Whether a report is about an image. */
export interface ReportMatch {
  /**
   * - `matches`: a digest in the report is one of the image.
   * - `other`: the report is about something else.
   * - `unnamed`: the report has no digest to compare.
   */
  readonly result: 'matches' | 'other' | 'unnamed';
  /** Why, as a sentence. */
  readonly reason: string;
  /** The findings of the image. Empty for `other`. */
  readonly findings: readonly Finding[];
}

type Comparison = Pick<ReportMatch, 'result' | 'reason'>;

/**
 * Compares the ids in a report with those of an image: its manifest, its config, the digests by which it was pulled, and at
 * last its layers. A report of another platform of the same index is a report of another image.
 */
export function matchReport({ subjects }: Report, image: ImageIdentity): ReportMatch {
  const compared = subjects.map((subject) => ({ subject, ...compare(subject, image) }));
  const found = compared.filter(({ result }) => result !== 'other');
  const matching = found.find(({ result }) => result === 'matches');
  // A subject without ids is about the image that the others name.
  const named = matching ?? (found.length === compared.length ? found[0] : undefined);
  if (named !== undefined)
    return {
      result: named.result,
      reason: named.reason,
      findings: found.flatMap(({ subject }) => subject.findings),
    };
  const [first, ...rest] = compared;
  const reason =
    first === undefined || rest.length > 0
      ? `The report is about ${counted(subjects.length, 'image or resource', 'images or resources')}, and none of them is ${image.digest}.`
      : first.reason;
  return { result: 'other', reason, findings: [] };
}

function compare(subject: ReportSubject, image: ImageIdentity): Comparison {
  const { type, name, manifests, configs, pulled, diffIds } = subject;
  const called = name ?? 'a subject without a name';
  if (type === 'other') return other(`The report is about ${called}, which is not an image.`);
  if (!arePlatformsEqual(subject.platform, image.platform)) {
    return other(
      `The report is about the platform ${subject.platform ?? ''}, and ${image.digest} is for ${image.platform ?? ''}.`,
    );
  }
  const { config, indexes = [] } = image;
  const known = [...manifests, ...configs, ...pulled];
  if (known.includes(image.digest)) return matches(`The report names the manifest ${image.digest}.`);
  if (config !== undefined && configs.includes(config))
    return matches(`The report names the image id ${config}.`);
  const hasOtherConfig = config !== undefined && configs.some((id) => !indexes.includes(id));
  const index = [...pulled, ...configs].find((digest) => indexes.includes(digest));
  if (index !== undefined && !hasOtherConfig && manifests.length === 0) {
    return subject.platform === undefined || image.platform === undefined
      ? unnamed(`The report names the index ${index}, but not the platform.`)
      : matches(`The report names the index ${index} and the platform ${image.platform}.`);
  }
  if (!hasOtherConfig && areLayersEqual(diffIds, image.diffIds))
    return matches('The report lists the layers of the image.');
  const [named] = [...manifests, ...configs, ...pulled, ...diffIds];
  if (named === undefined) return unnamed(`The report has no digest of the image. It is about ${called}.`);
  return other(`The report is about ${called} (${named}), which is not ${image.digest}.`);
}

function matches(reason: string): Comparison {
  return { result: 'matches', reason };
}

function other(reason: string): Comparison {
  return { result: 'other', reason };
}

function unnamed(reason: string): Comparison {
  return { result: 'unnamed', reason };
}

function areLayersEqual(reported: readonly Digest[], diffIds: readonly Digest[] | undefined): boolean {
  return (
    reported.length > 0 &&
    reported.length === diffIds?.length &&
    reported.every((one, at) => one === diffIds[at])
  );
}

/** Whether two platforms can be the same. Scanners leave out the variant, and some the operating system. */
function arePlatformsEqual(reported: string | undefined, given: string | undefined): boolean {
  if (reported === undefined || given === undefined) return true;
  const a = parsePlatform(reported.startsWith('/') ? `linux${reported}` : reported);
  const b = parsePlatform(given);
  if (a === undefined || b === undefined) return reported === given;
  return a.os === b.os && a.architecture === b.architecture && areVariantsEqual(a, b, reported);
}

function areVariantsEqual(a: Platform, b: Platform, reported: string): boolean {
  const isWritten = reported.split('/').length > 2;
  return !isWritten || a.variant === b.variant;
}

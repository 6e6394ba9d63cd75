import type { Problem } from '@towpath/errors';
import {
  judgeImages,
  reasonsOf,
  staleReasons,
  toleratedOf,
  worst,
  type EarlierFailures,
  type JudgedImage,
  type ScannedImage,
} from '@towpath/gate';
import type { GatePolicy, StaleIgnore, Verdict } from '@towpath/scan-policy';
import { linesOf, type DockerfileLines } from './dockerfile-lines.ts';
import { shownOf, type ReportPaths } from './report-paths.ts';

/** What is known about the images to judge. */
export interface GateFindings {
  readonly images: readonly ScannedImage[];
  /** The names of images that do not belong to what is judged. */
  readonly absent: readonly string[];
  /** Selected images that are missing and cannot be judged. */
  readonly unjudged: readonly Problem[];
  /** What a reader of the verdict must know about the reports and the baseline, as sentences. */
  readonly notices: readonly string[];
  readonly warnings: readonly string[];
  /** The lines of the Dockerfiles, by the name of the image. */
  readonly lines: Readonly<Record<string, DockerfileLines>>;
}

/** How images are judged. */
export interface VerdictTerms {
  readonly policy: GatePolicy;
  /** The findings that failed at an earlier reading. Default: none. */
  readonly failedBefore?: EarlierFailures | undefined;
  /** Whether a verdict other than `pass` is only reported. */
  readonly reportOnly: boolean;
  /** Whether all images of the configuration are judged, so that an ignore that matches nothing is unused. */
  readonly isComplete: boolean;
  /** The files to write. They decide how many of the allowed findings the verdict keeps. Default: all. */
  readonly files?: ReportPaths | undefined;
}

/** The verdict about images and its reasons. Plain data. */
export interface GateVerdict extends Omit<GateFindings, 'images'> {
  readonly verdict: Verdict;
  readonly images: readonly JudgedImage[];
  readonly policy: GatePolicy;
  readonly reportOnly: boolean;
  /** The ignores of the policy to delete or to renew. */
  readonly staleIgnores: readonly StaleIgnore[];
  /** The reasons why the verdict is not `pass`. */
  readonly reasons: readonly Problem[];
}

/** Judges images, and returns the verdict about all of them. Pure. */
export function reachVerdict(found: GateFindings, terms: VerdictTerms): GateVerdict {
  const { absent, unjudged, lines, warnings, notices } = found;
  const { policy, failedBefore, reportOnly } = terms;
  const { files } = terms;
  const all = judgeImages(found.images, { policy, failedBefore });
  const judged = files === undefined ? all : all.map((image) => withFewerAllowed(image, files));
  const stale = staleReasons(judged, policy, {
    isComplete: terms.isComplete && absent.length + unjudged.length === 0,
  });
  const staleProblems = stale.flatMap(({ problem }) => problem ?? []);
  return {
    verdict: worst([
      ...staleProblems.map((): Verdict => 'fail'),
      ...judged.map(({ verdict }) => verdict),
      ...unjudged.map((): Verdict => 'unknown'),
    ]),
    images: judged,
    policy,
    reportOnly,
    absent,
    unjudged,
    reasons: [
      ...(judged.length + unjudged.length === 0 ? [nothingToJudge] : unjudged),
      ...staleProblems,
      ...judged.flatMap((image) =>
        reasonsOf(image).map((reason) => atLine(reason, linesOf(lines, image.name))),
      ),
    ],
    staleIgnores: stale.map((one) => one.stale),
    notices,
    warnings: [...warnings, ...judged.flatMap(toleratedOf).map(({ message }) => message)],
    lines,
  };
}

/**
 * Leaves out allowed findings that no file and no table shows. They are the most of a large image, and a plan with all of
 * them takes twice the time and memory.
 */
function withFewerAllowed(image: JudgedImage, files: ReportPaths): JudgedImage {
  const subjects = image.subjects.map((subject) => {
    const { violations, accepted, deferred, known, allowed } = subject.judgement;
    const others = violations.length + accepted.length + deferred.length + known.length;
    const shown = shownOf(files, others);
    if (allowed.length <= shown) return subject;
    return { ...subject, judgement: { ...subject.judgement, allowed: allowed.slice(0, shown) } };
  });
  return { ...image, subjects };
}

/** Adds the line with the base image to a reason, so that GitHub shows it there. */
function atLine(reason: Problem, lines: DockerfileLines | undefined): Problem {
  if (reason.code !== 'gate-failed' || lines === undefined) return reason;
  return { ...reason, position: { file: lines.file, line: lines.from } };
}

const nothingToJudge: Problem = {
  code: 'gate-unknown',
  message: 'There is no image to judge.',
  hint: 'Publish the version first, or name its images with the input only.',
};

import { CodedError } from '@towpath/errors';
import { writeFileInside } from '@towpath/files';
import type { Annotation, Journal, Runtime } from '@towpath/flow';
import { collectReports, layoutManifests, nameOf, readSubjects, type ReportedImage } from '@towpath/gate';
import { annotationsOf, filesOf, reachVerdict, summarise } from '@towpath/gate-report';
import { scansFolder, type ImageSet } from '@towpath/image-set';
import { Layout, mediaTypes } from '@towpath/oci';
import { scanImages, titles, type ScannedReport, type ScanTarget, type SkippedScan } from '@towpath/scanners';
import type { Problem } from '@towpath/errors';
import type { Markdown } from '@towpath/markdown';
import { join } from 'node:path';
import type { BuildPlan } from '../build-plan.ts';
import { connectionProxy } from '../proxy/run-proxy.ts';
import type { BuildSession } from '../session.ts';
import type { ScanTerms } from './scan-terms.ts';

/** The verdict about the built images, in the form of a report. */
export interface ScanResult {
  readonly verdict: string;
  /** The reasons why the step fails. */
  readonly reasons: readonly Problem[];
  readonly annotations: readonly Annotation[];
  readonly summary: Markdown;
  /** The reports of the scanners, as paths. */
  readonly reports: readonly string[];
  /** The paths of the files that inputs name, by their output. */
  readonly files: Readonly<Record<string, string>>;
}

/** In bytes. GitHub drops a summary of more than 1 MiB, and the build adds its own part. */
const maxSummary = 700_000;

/**
 * Scans the built images of a set and judges them by the policy. Keeps the reports in the folder of the set. Reused images
 * are not in the set, and are not scanned.
 *
 * @returns undefined if the set contains no built image
 * @throws CodedError `scan-failed` for each image that could not be scanned
 */
export async function scanSet(
  set: ImageSet,
  terms: ScanTerms,
  plan: BuildPlan,
  session: BuildSession,
  runtime: Runtime,
  journal: Journal,
): Promise<ScanResult | undefined> {
  const { imageSet, files: paths } = plan;
  const { scanners, policy, lines } = terms;
  const used = titles(scanners.map(({ name }) => name));
  const reused = set.images.filter((image) => image.reused !== undefined).map(({ name }) => name);
  if (reused.length > 0)
    runtime.log.annotate({
      level: 'notice',
      message: `${used} did not scan ${reused.join(', ')}: reused from the registry, so not in the image set. scan-gate judges reused images like all others.`,
    });
  const layout = new Layout(imageSet);
  const images = await readImages(set, layout);
  if (images.length === 0) return undefined;
  const options = {
    layout,
    temporaryFolder: () => session.temporaryFolder('towpath-scan'),
    proxy: connectionProxy(session.proxy),
  };
  const { reports: scanned, skipped } = await scanImages(
    await targetsOf(images, layout),
    scanners,
    options,
    runtime,
  );
  const kept = await keep(scanned, plan);
  journal.wrote(`${kept.length} reports in ${join(imageSet, scansFolder)}`);
  const reports = scanned.map(({ report, target }, index) => ({
    file: kept[index] ?? '',
    report,
    scanned: target.digest,
  }));
  const unscanned = await withoutScan(images, skipped);
  const judged = images.filter((image) => !unscanned.includes(image));
  const collected = await collectReports(judged, reports, runtime.clock.now());
  const unjudged: readonly Problem[] = skipped.map(({ problem }) => ({ ...problem, hint: optionalHint }));
  const verdict = reachVerdict(
    { ...collected, absent: [], unjudged, warnings: [], lines },
    { policy, reportOnly: false, isComplete: plan.isComplete && reused.length === 0 },
  );
  const files = [...filesOf(verdict, paths)];
  for (const { path, content } of files) {
    await writeFileInside(runtime.workspace, path, content);
    journal.wrote(`file ${path}`);
  }
  const notice = (message: string): Annotation => ({ level: 'notice', message });
  return {
    verdict: verdict.verdict,
    reasons: verdict.reasons.filter((reason) => !unjudged.includes(reason)),
    annotations: [
      ...unjudged.map(({ message, hint }): Annotation => ({
        level: 'warning',
        message: `${message} ${hint}`,
      })),
      ...verdict.notices.map(notice),
      ...annotationsOf(verdict),
      ...files.flatMap(({ omissions = [] }) => omissions.map(notice)),
    ],
    summary: summarise({ ...verdict, judge: `Scan with ${used}` }, maxSummary),
    reports: kept,
    files: Object.fromEntries(files.map(({ output, path }) => [output, path])),
  };
}

const optionalHint =
  'The images are not judged. Fix the cause, or set scan: off. To fail without a scan, name the scanner in scan, or set scan: required.';

/** Returns the images that an optional scanner could not scan, at least for one platform. */
async function withoutScan(
  images: readonly ReportedImage[],
  skipped: readonly SkippedScan[],
): Promise<readonly ReportedImage[]> {
  const digests = new Set(skipped.map(({ target }) => target.digest));
  const found: ReportedImage[] = [];
  for (const image of images) {
    const { subjects } = await readSubjects(image.platforms, image.root, image.find);
    if (subjects.some(({ digest }) => digests.has(digest))) found.push(image);
  }
  return found;
}

async function readImages({ images }: ImageSet, layout: Layout): Promise<readonly ReportedImage[]> {
  const found: ReportedImage[] = [];
  for (const image of images) {
    if (image.reused !== undefined) continue;
    const root = await layout.manifest(image);
    found.push({ name: image.name, root, platforms: [], find: layoutManifests(layout) });
  }
  return found;
}

/** Returns the manifest of each image and platform. A manifest of several images is scanned once. */
async function targetsOf(images: readonly ReportedImage[], layout: Layout): Promise<readonly ScanTarget[]> {
  const targets = new Map<string, ScanTarget>();
  for (const { name, root, platforms, find } of images) {
    const { subjects } = await readSubjects(platforms, root, find);
    for (const { digest, config, indexes, platform } of subjects) {
      const manifest =
        digest === root.digest ? root : await layout.manifest({ digest, mediaType: mediaTypes.ociManifest });
      if (manifest.kind !== 'image') throw new CodedError('image-set-invalid', `${digest} is an index.`);
      const target = { digest, config, indexes, ...(platform !== undefined && { platform }), manifest };
      targets.set(digest, { ...target, name: nameOf({ image: name, platform }) });
    }
  }
  return [...targets.values()];
}

/** Writes the reports into the folder of the set, and returns their paths. */
async function keep(scanned: readonly ScannedReport[], { imageSet }: BuildPlan): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const { target, scanner, text } of scanned) {
    const name = target.name.replaceAll(/[^A-Za-z0-9._]+/g, '-').slice(0, 100);
    const file = join(scansFolder, `${name}-${target.digest.slice('sha256:'.length, 19)}.${scanner}.json`);
    await writeFileInside(imageSet, file, text);
    paths.push(join(imageSet, file));
  }
  return paths;
}

import { forAll } from '@towpath/concurrency';
import { createBuilder } from '@towpath/buildx';
import { credentialVariables, withRegistryCredentials, withVariables } from '@towpath/docker';
import { CodedError } from '@towpath/errors';
import type { Journal, Runtime } from '@towpath/flow';
import {
  clearSetFolder,
  moveToSetFolder,
  writeImageSet,
  type BuiltImage,
  type ImageSet,
} from '@towpath/image-set';
import { Layout, LayoutWriter, type Descriptor } from '@towpath/oci';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildAll, type BuildOutcomes, type FinishedBuild } from './run/build-all.ts';
import { claimSetFolder } from './run/claim-set.ts';
import { asDiskFull, listed } from './run/disk-full.ts';
import { annotateKept, describeBegun, forgetPassword } from './proxy/forget-password.ts';
import type { BuildPlan } from './build-plan.ts';
import type { ScanResult } from './scan/scan-set.ts';
import { loadSet, type LoadedImage } from './run/load.ts';
import { begunKey } from './run/tidy-up.ts';
import { annotateChecks } from './annotations.ts';
import type { BuildSession } from './session.ts';

export interface BuildResult {
  readonly set: ImageSet;
  readonly builds: readonly FinishedBuild[];
  /** The images that were loaded into Docker. */
  readonly loaded: readonly LoadedImage[];
  /** Undefined if no image was scanned. */
  readonly scan?: ScanResult | undefined;
}

/** The annotation by which tools find an image in a layout (OCI image spec 1.1, pre-defined annotation keys). */
const nameAnnotation = 'org.opencontainers.image.ref.name';

/**
 * Builds every image and writes the image set. If one image fails, the others are still written. `publish` refuses a
 * set with a missing image.
 *
 * @throws CodedError that lists every image that failed to build
 * @throws CodedError `image-set-in-use` if another build is writing the same image set
 */
export async function execute(
  plan: BuildPlan,
  session: BuildSession,
  runtime: Runtime,
  journal: Journal,
): Promise<BuildResult> {
  const { source, imageSet, withheld } = plan;
  await claimSetFolder(imageSet, session);
  // Remove the old set even if the build fails: otherwise a later step could publish outdated images.
  await clearSetFolder(imageSet, [runtime.workspace, runtime.temp]);
  if (withheld.length > 0) return { set: { schemaVersion: 1, source, images: [] }, builds: [], loaded: [] };
  const folder = await session.temporaryFolder('towpath-build');
  const outcomes = await build(plan, session, runtime, folder);
  for (const annotation of annotateChecks(outcomes.finished)) runtime.log.annotate(annotation);
  const builds = outcomes.finished.filter(({ planned }) => planned.wanted);
  const images = [...plan.reused, ...builds].map(({ image }) => image);
  const set: ImageSet = { schemaVersion: 1, source, images: images.sort(inOrderOf(plan.wanted)) };
  await makeRoom(outcomes);
  if (images.length > 0) {
    await writeLayout(imageSet, join(folder, 'set'), set, builds, runtime).catch((error: unknown) => {
      throw withFailures(asDiskFull(error, unwritten(set), imageSet), outcomes);
    });
    journal.wrote(`the image set in ${imageSet}: ${contentOf(set, plan)}`);
    runtime.log.info(`Image set: ${imageSet}`);
  }
  throwFailures(outcomes);
  const loaded = await loadSet(set, plan, session, runtime);
  if (plan.scan === undefined || images.length === 0) return { set, builds, loaded };
  // Only builds with a scanner load the parsers of reports.
  const { scanSet } = await import('./scan/scan-set.ts');
  return { set, builds, loaded, scan: await scanSet(set, plan.scan, plan, session, runtime, journal) };
}

/** Builds with the logins of the plan. Creates the builder if it is missing. */
async function build(
  plan: BuildPlan,
  session: BuildSession,
  runtime: Runtime,
  folder: string,
): Promise<BuildOutcomes> {
  const { builds, builder } = plan;
  if (builds.length === 0) return { finished: [], failed: [] };
  const began = runtime.clock.now();
  const port = withVariables(runtime, credentialVariables(session.docker, runtime.env));
  await createBuilder(port, builder, session.builder, session.builderSetup(runtime));
  const { addresses } = session;
  const begun = describeBegun({ builder, addresses, builds: builds.length, began });
  if (begun.state !== '') runtime.keep(begunKey, begun.state);
  const credentials = await session.logIn(plan.logins);
  return withRegistryCredentials(credentials, session.docker, runtime, (env) =>
    buildAll(plan, session, runtime, { folder, env: { ...env, ...begun.env } }),
  ).finally(() => forget(plan, session, runtime, began));
}

/** Removes build records that contain a password from the builder, whether the builds succeeded or not. */
async function forget(
  { builder, builds }: BuildPlan,
  { addresses, docker }: BuildSession,
  runtime: Runtime,
  began: Date,
): Promise<void> {
  const proxied = { builder, addresses, builds: builds.length, began };
  const left = await forgetPassword(proxied, runtime, credentialVariables(docker, runtime.env));
  if (addresses.length > 0) runtime.keep(begunKey, '');
  for (const annotation of annotateKept(proxied, left)) runtime.log.annotate(annotation);
}

/** Deletes the partial output of failed builds to free disk space. */
async function makeRoom({ failed }: BuildOutcomes): Promise<void> {
  await forAll(failed, ({ output }) => rm(output, { recursive: true, force: true }));
}

function unwritten({ images }: ImageSet): string {
  return `The image set could not be written, although these images were built: ${listed(images.map(({ name }) => name))}`;
}

function contentOf({ images }: ImageSet, { wanted }: BuildPlan): string {
  const there = images.map(({ name }) => name);
  const missing = wanted.filter((name) => !there.includes(name));
  return missing.length === 0 ? listed(there) : `${listed(there)}; missing: ${listed(missing)}`;
}

/** Adds the images that failed to build to the error. */
function withFailures(error: unknown, { failed }: BuildOutcomes): unknown {
  if (!(error instanceof CodedError)) return error;
  const problems = [...failed.flatMap((one) => one.problems), ...error.problems];
  return CodedError.of(problems, () => error.message);
}

function inOrderOf(names: readonly string[]): (one: BuiltImage, other: BuiltImage) => number {
  return (one, other) => names.indexOf(one.name) - names.indexOf(other.name);
}

function throwFailures({ failed, finished }: BuildOutcomes): void {
  const problems = failed.flatMap((one) => one.problems);
  if (problems.length === 0) return;
  const total = failed.length + finished.length;
  throw CodedError.of(problems, () => `${failed.length} of ${total} images could not be built.`);
}

/**
 * Merges the layouts of all builds into one and moves it into place at once. A reader sees the whole set or nothing.
 */
async function writeLayout(
  imageSet: string,
  staging: string,
  set: ImageSet,
  builds: readonly FinishedBuild[],
  { workspace, temp }: Runtime,
): Promise<void> {
  const writer = new LayoutWriter(staging);
  for (const { output, image } of builds) {
    const layout = new Layout(output, { linkedBlobs: true });
    for (const content of [image, ...image.attestations]) await writer.adopt(layout, content);
  }
  await writer.close(builds.flatMap(describeContent));
  await writeImageSet(staging, set);
  await moveToSetFolder(staging, imageSet, [workspace, temp]);
}

/** Returns the descriptor of an image, followed by those of its referrers. */
function describeContent({ image }: FinishedBuild): Descriptor[] {
  const { name, digest, mediaType, size, attestations } = image;
  return [
    { mediaType, digest, size, annotations: { [nameAnnotation]: name } },
    ...attestations.map((one) => ({
      mediaType: one.mediaType,
      digest: one.digest,
      size: one.size,
      artifactType: one.artifactType,
    })),
  ];
}

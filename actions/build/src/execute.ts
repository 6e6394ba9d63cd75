import { build, BuildProgress, withRegistryCredentials } from '@towpath/buildx';
import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { writeImageSet, type BuiltImage, type ImageSet } from '@towpath/image-set';
import { inspectImage, Layout, LayoutWriter, type Descriptor } from '@towpath/oci';
import { formatDuration } from '@towpath/report';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BuildPlan, PlannedBuild } from './plan.ts';

/** How one image was built. */
export interface FinishedBuild {
  readonly image: BuiltImage;
  readonly milliseconds: number;
  readonly cached: BuildProgress['cached'];
}

export interface BuildResult {
  readonly set: ImageSet;
  readonly builds: readonly FinishedBuild[];
}

/** The annotation by which tools find an image in a layout (OCI image spec 1.1, pre-defined annotation keys). */
const nameAnnotation = 'org.opencontainers.image.ref.name';

/** Builds every image, and puts the set in place when all of them are built; a set without images is none. */
export async function execute(plan: BuildPlan, runtime: Runtime): Promise<BuildResult> {
  const { workFolder, credentials, source, imageSet, withheld } = plan;
  if (withheld.length > 0) return { set: { schemaVersion: 1, source, images: [] }, builds: [] };
  await rm(workFolder, { recursive: true, force: true });
  try {
    const builds = await withRegistryCredentials(credentials, plan.docker, runtime, (env) =>
      buildAll(plan, runtime, env),
    );
    const set: ImageSet = { schemaVersion: 1, source, images: builds.map(({ image }) => image) };
    await putInPlace(plan, set);
    runtime.log.info(`Image set: ${imageSet}`);
    return { set, builds };
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

/** @throws CodedError that lists every image that could not be built */
async function buildAll(
  plan: BuildPlan,
  runtime: Runtime,
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly FinishedBuild[]> {
  const outcomes = await Promise.allSettled(
    plan.builds.map((planned) => buildOne(planned, plan, runtime, { ...plan.argValues, ...env })),
  );
  const problems = outcomes.flatMap((outcome) => {
    if (outcome.status === 'fulfilled') return [];
    if (outcome.reason instanceof CodedError) return outcome.reason.problems;
    throw outcome.reason;
  });
  if (problems.length > 0) throw CodedError.of(problems, (count) => `${count} images could not be built.`);
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
}

async function buildOne(
  { name, request, fingerprint, labels }: PlannedBuild,
  { buildx }: BuildPlan,
  { exec, clock, log }: Runtime,
  env: Readonly<Record<string, string | undefined>>,
): Promise<FinishedBuild> {
  log.info(`Building ${name}`);
  await mkdir(request.output, { recursive: true });
  const started = clock.now().getTime();
  const progress = new BuildProgress();
  try {
    await build({ exec }, buildx, name, request, env, progress);
  } finally {
    // Images are built side by side, so the log of each is shown whole at its end, also of one that failed.
    log.group(`Log of ${name} (${formatDuration(clock.now().getTime() - started)})`, progress.lines());
  }
  const milliseconds = clock.now().getTime() - started;
  const { root, platforms, bytes } = await inspectImage(...(await builtImage(name, request.output)));
  const image = {
    name,
    digest: root.digest,
    mediaType: root.mediaType,
    size: root.bytes.length,
    bytes,
    platforms,
    fingerprint,
    labels: Object.fromEntries(labels),
  };
  return { image, milliseconds, cached: progress.cached };
}

/** What buildx has left in an image's layout: one manifest, or one index. */
async function builtImage(name: string, folder: string): Promise<[Layout, Descriptor]> {
  const layout = new Layout(folder);
  const { manifests } = await layout.index();
  const [root] = manifests;
  if (root !== undefined && manifests.length === 1) return [layout, root];
  throw new Error(`buildx left ${manifests.length} manifests for ${name} instead of one`);
}

/** Gathers the layouts of all builds in one, and swaps it in for an older set: a reader sees the whole set or none. */
async function putInPlace({ builds, imageSet, workFolder }: BuildPlan, set: ImageSet): Promise<void> {
  const staging = join(workFolder, 'set');
  const writer = new LayoutWriter(staging);
  for (const { name, request } of builds) await writer.adopt(...(await builtImage(name, request.output)));
  await writer.close(
    set.images.map(({ name, digest, mediaType, size }) => ({
      mediaType,
      digest,
      size,
      annotations: { [nameAnnotation]: name },
    })),
  );
  await writeImageSet(staging, set);
  await replaceFolder(staging, imageSet);
}

/** Moves a folder into the place of another, over the borders of file systems too. */
async function replaceFolder(from: string, to: string): Promise<void> {
  const beside = `${to}.part`;
  await rm(beside, { recursive: true, force: true });
  await mkdir(dirname(to), { recursive: true });
  try {
    await rename(from, beside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await cp(from, beside, { recursive: true });
  }
  await rm(to, { recursive: true, force: true });
  await rename(beside, to);
}

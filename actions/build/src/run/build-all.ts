import { ignoreFileOf } from '@towpath/build-context';
import { proxyLeaks } from '@towpath/build-inputs';
import { actionsCacheVariables, build, BuildProgress, type BuildRequest } from '@towpath/buildx';
import { forAll, pLimit } from '@towpath/concurrency';
import { CodedError, type Problem } from '@towpath/errors';
import type { Environment, Runtime } from '@towpath/flow';
import type { BuiltImage } from '@towpath/image-set';
import {
  inspectImage,
  joinPlatforms,
  Layout,
  mediaTypes,
  partAttestations,
  readConfig,
  readManifests,
  rewriteAttestations,
  type Descriptor,
  type Manifest,
  type PartedImage,
  type Referrer,
} from '@towpath/oci';
import { formatDuration } from '@towpath/markdown';
import { redactStatement, redactText, type Proxy } from '@towpath/proxy';
import { formatPlatform, type Digest } from '@towpath/reference';
import { constants, existsSync } from 'node:fs';
import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asDiskFull, listed } from './disk-full.ts';
import { explainFailure } from '../explain-failure.ts';
import type { BuildPlan, PlannedBuild } from '../build-plan.ts';
import { secretTexts } from '../secrets/image-secrets.ts';
import type { BuildSession } from '../session.ts';

/** The result of a successful build of one image. */
export interface FinishedBuild {
  readonly planned: PlannedBuild;
  /** The folder of its OCI layout. */
  readonly output: string;
  readonly image: BuiltImage;
  readonly milliseconds: number;
  readonly progress: BuildProgress;
  /** The number of attestations that could not be stored next to the image. */
  readonly orphans: number;
}

/** An image that failed to build, and why. */
export interface FailedBuild {
  readonly planned: PlannedBuild;
  /** The folder that may contain a partial layout. */
  readonly output: string;
  readonly problems: readonly Problem[];
}

export interface BuildOutcomes {
  readonly finished: readonly FinishedBuild[];
  readonly failed: readonly FailedBuild[];
}

/**
 * Builds the images in parallel. BuildKit runs a step or stage that several images share only once. If an image
 * fails, only the images built on it are skipped.
 *
 * Each image has a buildx of its own. One `buildx bake` for 8 images saves 0.2 s of 6 s of processor time, but it cancels
 * all images when one fails, has no limit of parallel builds, and mixes the logs of the images.
 *
 * @param folder for the layouts of the images
 * @param env added to the Runtime's environment
 */
export async function buildAll(
  plan: BuildPlan,
  session: BuildSession,
  runtime: Runtime,
  { folder, env }: { readonly folder: string; readonly env: Environment },
): Promise<BuildOutcomes> {
  const turn = pLimit(plan.parallel);
  const blobs = join(folder, 'blobs');
  const secrets = await secretTexts(
    plan.builds.map(({ request }) => ({ secrets: new Map(request.secrets) })),
    session.secretVariables,
  );
  const hidden = [...session.passwords, ...secrets.masks];
  const running = new Map<string, Promise<FinishedBuild | FailedBuild>>();
  for (const planned of plan.builds) running.set(planned.name, buildInTurn(planned, plan, running));
  // Wait until all builds have ended before cleaning up, even if the first one was cancelled.
  const ended = await Promise.allSettled(running.values());
  const known = ended.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const outcomes = {
    finished: known.filter((one) => 'image' in one),
    failed: known.filter((one) => 'problems' in one),
  };
  const unforeseen = ended.find((one) => one.status === 'rejected');
  if (runtime.signal.aborted) throw cancelled(plan, outcomes);
  if (unforeseen !== undefined) throw unforeseen.reason;
  return outcomes;

  async function buildInTurn(
    planned: PlannedBuild,
    { attestations, builder }: BuildPlan,
    begun: ReadonlyMap<string, Promise<FinishedBuild | FailedBuild>>,
  ): Promise<FinishedBuild | FailedBuild> {
    const output = join(folder, 'images', planned.name);
    const contexts = new Map(planned.request.contexts);
    for (const [context, target] of planned.targets) {
      const below = await begun.get(target);
      if (below === undefined || 'problems' in below) return withoutTarget(planned, output, target);
      contexts.set(context, `oci-layout://${below.output}@${below.image.digest}`);
    }
    const task = {
      planned,
      request: { ...requestOf(planned, output), contexts },
      proxy: session.proxyOf(planned),
    };
    try {
      return await turn(() =>
        buildOne(task, {
          attestations,
          builder,
          runtime,
          blobs,
          env: { ...declaredSecrets(task.request, session.secretVariables), ...session.values, ...env },
        }),
      );
    } catch (error) {
      const explained = asDiskFull(error, `Image ${planned.name} could not be built`, output);
      if (explained instanceof CodedError) {
        const problems: Problem[] = [];
        for (const problem of explained.problems)
          problems.push(await explainFailure(problem, planned, runtime.workspace));
        return { planned, output, problems: redacted(problems, hidden) };
      }
      throw explained;
    }
  }
}

/** Returns the variables of the secrets of an image. Started programs do not inherit some of them. */
function declaredSecrets({ secrets }: BuildRequest, variables: Environment): Record<string, string> {
  return Object.fromEntries(
    [...secrets.values()].flatMap((source) => {
      const value = 'env' in source ? variables[source.env] : undefined;
      return 'env' in source && value !== undefined ? [[source.env, value]] : [];
    }),
  );
}

function cancelled({ builds, imageSet }: BuildPlan, { finished }: BuildOutcomes): CodedError {
  const built = finished.map(({ planned }) => planned.name);
  const missing = builds.map(({ name }) => name).filter((name) => !built.includes(name));
  return new CodedError(
    'cancelled',
    `The run was cancelled. Images built: ${listed(built)}; not built: ${listed(missing)}. The image set in ${imageSet} was not written.`,
    { hint: 'Run it again. Finished steps come from the cache of the builder if it still exists.' },
  );
}

/**
 * Removes secrets from problems, because a step may have printed them. The log masks secrets, but outputs are not
 * masked.
 */
function redacted(problems: readonly Problem[], secrets: readonly string[]): readonly Problem[] {
  return problems.map((problem) => ({ ...problem, message: redactText(problem.message, { secrets }) }));
}

function withoutTarget(planned: PlannedBuild, output: string, target: string): FailedBuild {
  const message = `Image ${planned.name} was not built, because its base ${target} could not be built.`;
  return { planned, output, problems: [{ code: 'build-failed', message }] };
}

/** An image to build, with the data that the plan does not contain. */
interface BuildTask {
  readonly planned: PlannedBuild;
  readonly request: BuildRequest;
  /** The proxy variables in the environment of its steps. */
  readonly proxy: Proxy;
}

/** Converts the request of a plan into the form that buildx takes. */
function requestOf({ request, rewritten }: PlannedBuild, output: string): BuildRequest {
  return {
    ...request,
    dockerfile: rewritten === undefined ? request.dockerfile : `${output}.Dockerfile`,
    args: new Map(request.args),
    contexts: new Map(request.contexts),
    secrets: new Map(request.secrets),
    labels: new Map(request.labels),
    annotations: new Map(request.annotations),
    addHosts: new Map(request.addHosts),
    ulimits: new Map(request.ulimits),
    output,
  };
}

interface BuildTools extends Pick<BuildPlan, 'attestations' | 'builder'> {
  readonly runtime: Runtime;
  readonly env: Environment;
  /** The shared blob folder of all images. */
  readonly blobs: string;
}

async function buildOne(
  task: BuildTask,
  { attestations, builder, runtime, env, blobs }: BuildTools,
): Promise<FinishedBuild> {
  const { planned, request } = task;
  const { name } = planned;
  const { clock, log } = runtime;
  log.info(`${name}: building`);
  await makeOutput(request.output, blobs);
  await writeDockerfile(task);
  const started = clock.now().getTime();
  const cacheEnv = request.cache?.type === 'gha' ? actionsCacheVariables(runtime.env) : {};
  const progress = new BuildProgress((step) => {
    log.info(`${name}: ${step}`);
  });
  const onRestart = (reason: string): void => {
    const message = `Image ${name}: the connection to BuildKit broke, so the build starts again: ${reason}`;
    log.annotate({ level: 'warning', message });
  };
  try {
    await buildPlatforms(task, blobs, (part) =>
      build({ ...runtime, onRestart }, builder.buildx, planned, part, { ...cacheEnv, ...env }, progress),
    );
  } finally {
    // Images are built in parallel, so each log is printed as a whole when its build ends or fails.
    log.group(`Log of ${name} (${formatDuration(clock.now().getTime() - started)})`, progress.lines());
  }
  const milliseconds = clock.now().getTime() - started;
  const layout = new Layout(request.output, { linkedBlobs: true });
  const descriptor = await onlyImage(name, layout);
  // Build steps control what the builder writes, so check the limits before anything else reads it.
  await readManifests(layout, descriptor, name);
  const written = await withoutProxy(layout, await layout.manifest(descriptor), task);
  const isInside = attestations === 'index';
  const parted: PartedImage = isInside
    ? { root: written, referrers: [], orphans: 0 }
    : await partAttestations(layout, written, request.platforms.length > 1);
  const { root, platforms, bytes } = await inspectImage(layout, parted.root, { name });
  await requireNoLeak(layout, Object.values(platforms), task);
  const image: BuiltImage = {
    name,
    digest: root.digest,
    mediaType: root.mediaType,
    size: root.size,
    bytes,
    platforms,
    fingerprint: planned.fingerprint,
    bases: Object.fromEntries(planned.bases),
    labels: Object.fromEntries(request.labels),
    annotations: root.annotations,
    attestations: parted.referrers.map((one: Referrer) => ({ ...one })),
  };
  return { planned, output: request.output, image, milliseconds, progress, orphans: parted.orphans };
}

/**
 * Creates the folder of a layout. All layouts share one blob folder, so buildx fetches a layer of several images only
 * once.
 */
async function makeOutput(folder: string, blobs: string): Promise<void> {
  await mkdir(join(blobs, 'sha256'), { recursive: true });
  await mkdir(folder, { recursive: true });
  await symlink(blobs, join(folder, 'blobs'));
}

/** Returns the manifest unchanged, unless it contains proxy settings, which are then removed. */
async function withoutProxy(layout: Layout, root: Manifest, { proxy }: BuildTask): Promise<Manifest> {
  if (proxy.variables.size === 0) return root;
  return rewriteAttestations(layout, root, (statement) => redactStatement(statement, proxy));
}

/** @throws CodedError `proxy-exposed` if the config of an image contains the proxy password */
async function requireNoLeak(
  layout: Layout,
  digests: readonly Digest[],
  { planned: { name }, proxy }: BuildTask,
): Promise<void> {
  if (proxy.secrets.length === 0) return;
  const configs = await forAll(digests, async (digest) => {
    const manifest = await layout.manifest({ digest, mediaType: mediaTypes.ociManifest });
    if (manifest.kind !== 'image') throw new Error(`${digest} is the image of a platform`);
    return readConfig(layout, manifest, name);
  });
  const problems = configs.flatMap((config) => proxyLeaks({ name, proxy }, config));
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `Image ${name} contains a password ${count} times.`);
}

/**
 * Writes the replacement for a Dockerfile, with the files that belong to it (Docker docs, "Filename and location").
 */
async function writeDockerfile({
  planned: { rewritten },
  request: { dockerfile },
}: BuildTask): Promise<void> {
  if (rewritten === undefined) return;
  await writeFile(dockerfile, rewritten.text, { flag: 'wx' });
  const ignoreFile = ignoreFileOf(rewritten.from);
  if (existsSync(ignoreFile)) await copyFile(ignoreFile, ignoreFileOf(dockerfile), constants.COPYFILE_EXCL);
}

/** Builds all platforms together, or builds each separately and joins the results. */
async function buildPlatforms(
  { planned: { apart }, request }: BuildTask,
  blobs: string,
  run: (request: BuildRequest) => Promise<void>,
): Promise<void> {
  if (!apart) return run(request);
  const parts = request.platforms.map((platform): BuildRequest => {
    const output = join(request.output, formatPlatform(platform).replaceAll('/', '-'));
    return { ...request, platforms: [platform], annotations: new Map(), output };
  });
  const ended = await Promise.allSettled(
    parts.map(async (part) => {
      await makeOutput(part.output, blobs);
      await run(part);
    }),
  );
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  const layouts = parts.map(({ output }) => new Layout(output, { linkedBlobs: true }));
  await joinPlatforms(request.output, layouts, request.annotations, { linkedBlobs: true });
}

/** Returns the single manifest or index in the layout that buildx wrote. */
async function onlyImage(name: string, layout: Layout): Promise<Descriptor> {
  const { manifests } = await layout.index();
  const [root] = manifests;
  if (root !== undefined && manifests.length === 1) return root;
  throw new CodedError(
    'image-set-invalid',
    `Image ${name}: buildx wrote ${manifests.length} manifests instead of one.`,
    {
      hint: 'Build the image again.',
    },
  );
}

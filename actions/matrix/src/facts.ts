import {
  assertTargetPlatforms,
  buildGraph,
  gatherProblems,
  readInputs,
  type BuildGraph,
  type ImageInputs,
  type Reading,
} from '@towpath/build-inputs';
import type { Config, ImageConfig } from '@towpath/config';
import { CodedError, suggest } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import type { Source } from '@towpath/image-set';
import { affectedImages, platformOf, runnerWarnings, type RunnerMap } from '@towpath/matrix';
import { openProject, readChanges, type Changes, type EvaluatedConfig, type Project } from '@towpath/project';
import { proxyName, proxyOf } from '@towpath/proxy';
import { parsePlatform } from '@towpath/reference';
import { reuseOf, type Decision } from '@towpath/reuse';
import type { Session } from '@towpath/session';
import { configurationChanges } from './configuration-changes.ts';
import { imageSources } from './image-sources.ts';
import type { MatrixInputs, SharedPath } from './inputs.ts';

export interface MatrixFacts {
  readonly config: Config;
  /** The images of this step. */
  readonly images: readonly ImageConfig[];
  readonly graph: BuildGraph;
  readonly changes: Changes;
  /** The images that the change affects, and why, by name. */
  readonly due: ReadonlyMap<string, string>;
  /** Whether these images are reused, by name. Empty without reuse. */
  readonly decisions: ReadonlyMap<string, Decision>;
  readonly source: Source;
  /** The bake or Compose file as it was evaluated, for the jobs of the matrix. */
  readonly evaluated: EvaluatedConfig | undefined;
}

/** Reads the configuration, the Dockerfiles, the ignore files and what changed, and looks for images to reuse. */
export async function facts(inputs: MatrixInputs, session: Session, runtime: Runtime): Promise<MatrixFacts> {
  const project = await openProject(inputs, runtime, inputs);
  const { config, images, ci, checkout, evaluated } = project;
  const graph = buildGraph(images, config);
  assertSharedImages(inputs.shared, config);
  const reading = {
    config,
    workspace: runtime.workspace,
    platforms: inputs.platforms,
    ownPlatform: [],
    args: new Map([...inputs.args].filter(([name]) => proxyName(name) === undefined)),
    proxy: { shared: proxyOf(runtime.env), docker: proxyOf(), mode: undefined },
  };
  const read = await gatherProblems(graph.ordered.map((image) => readInputs(image, reading)));
  assertTargetPlatforms(read, undefined);
  for (const message of runnerWarnings([inputs.runners.default, ...inputs.runners.byPlatform.values()]))
    runtime.log.annotate({ level: 'warning', message });
  const changes = await readChanges(runtime, baseOf(inputs, project));
  const due = await findDue(inputs, project, { graph, read, changes }, runtime);
  const reuse = reuseOf(inputs.reuse, config.build.reuse);
  const revision = checkout?.commit ?? ci.revision;
  return {
    config,
    images,
    graph,
    changes,
    due,
    decisions: await decisionsFor(
      { images: read, due, reading, reuse, runners: inputs.runners },
      project,
      session,
      runtime,
    ),
    source: { repository: ci.repository, revision, ref: ci.ref, run: ci.run },
    evaluated,
  };
}

/** Returns the images that the change affects. If it is unknown what changed, all of them. */
async function findDue(
  inputs: MatrixInputs,
  { config, images }: Project,
  {
    graph,
    read,
    changes,
  }: Pick<MatrixFacts, 'graph' | 'changes'> & { readonly read: readonly ImageInputs[] },
  runtime: Runtime,
): Promise<ReadonlyMap<string, string>> {
  if (changes.kind === 'unknown') {
    const message = `Every image is built: ${changes.why}. ${changes.hint ?? ''}`.trimEnd();
    runtime.log.annotate({ level: changes.hint === undefined ? 'notice' : 'warning', message });
    return new Map(images.map(({ name }) => [name, changes.why]));
  }
  const known = new Map([
    ...sharedReasons(changes.paths, inputs.shared, graph.ordered),
    ...(await configurationChanges(changes, config, runtime)),
  ]);
  const affected = affectedImages(changes.paths, await imageSources(read, runtime.workspace), known);
  const own = new Set(images.map(({ name }) => name));
  return new Map(affected.flatMap(({ name, why }) => (own.has(name) ? [[name, why] as const] : [])));
}

async function decisionsFor(
  {
    images,
    due,
    reading,
    reuse,
    runners,
  }: {
    readonly images: readonly ImageInputs[];
    readonly due: ReadonlyMap<string, string>;
    readonly reading: Reading;
    readonly reuse: { readonly maxAge: number } | undefined;
    readonly runners: RunnerMap;
  },
  project: Project,
  session: Session,
  runtime: Runtime,
): Promise<ReadonlyMap<string, Decision>> {
  if (reuse === undefined || due.size === 0) return new Map();
  const runnerPlatform = parsePlatform(platformOf(runners.default) ?? '');
  if (runnerPlatform === undefined)
    for (const { image, platforms } of images)
      if (due.has(image.name) && platforms.length === 0)
        runtime.log.info(
          `Image ${image.name} is built and not reused: it has no platforms, and the label of the default runner does not say its platform. Add platforms to the image.`,
        );
  // Most runs do not need the clients of registries.
  const { decideReuse } = await import('./reuse.ts');
  const names = new Set(due.keys());
  return decideReuse({ images, due: names, reading, runnerPlatform, ...reuse }, project, session, runtime);
}

function baseOf({ base }: MatrixInputs, project: Project): Project['base'] {
  if (base === undefined) return project.base;
  if (base === 'none') return { kind: 'none', why: 'the input base is none' };
  return { kind: 'commit', commit: base, why: 'the input base' };
}

/** @throws CodedError `input-invalid` that lists every image that the configuration does not have */
function assertSharedImages(shared: readonly SharedPath[], { images, bases, file }: Config): void {
  const names = [...images, ...bases].map(({ name }) => name);
  const known = new Set(names);
  const unknown = new Set(shared.flatMap((one) => one.images ?? []).filter((name) => !known.has(name)));
  const problems = [...unknown].map((name) => ({
    code: 'input-invalid' as const,
    message: `Input shared-paths names the image ${JSON.stringify(name)}, which ${file} does not have.`,
    hint: suggest(name, names),
  }));
  if (problems.length > 0) throw CodedError.of(problems, (count) => `${count} images are unknown.`);
}

function sharedReasons(
  paths: readonly string[],
  shared: readonly SharedPath[],
  images: readonly ImageConfig[],
): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  for (const { matches, images: names = images.map(({ name }) => name) } of shared) {
    const path = paths.find((one) => matches(one));
    if (path !== undefined) for (const name of names) reasons.set(name, `the shared file ${path} changed`);
  }
  return reasons;
}

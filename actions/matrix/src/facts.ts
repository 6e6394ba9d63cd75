import {
  assertTargetPlatforms,
  buildGraph,
  gatherProblems,
  readInputs,
  type BuildGraph,
} from '@towpath/build-inputs';
import type { Config, ImageConfig } from '@towpath/config';
import { CodedError, suggest } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { affectedImages, runnerWarnings } from '@towpath/matrix';
import { openProject, readChanges, type Changes, type Project } from '@towpath/project';
import { proxyOf } from '@towpath/proxy';
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
  /** The images to build, and why, by name. */
  readonly due: ReadonlyMap<string, string>;
}

/** Reads the configuration, the Dockerfiles, the ignore files and what changed. */
export async function facts(inputs: MatrixInputs, _session: Session, runtime: Runtime): Promise<MatrixFacts> {
  const project = await openProject(inputs, runtime, inputs);
  const { config, images } = project;
  const graph = buildGraph(images, config);
  assertSharedImages(inputs.shared, config);
  const reading = {
    config,
    workspace: runtime.workspace,
    platforms: inputs.platforms,
    ownPlatform: [],
    args: new Map<string, string>(),
    proxy: { shared: proxyOf({}), docker: proxyOf({}), mode: undefined },
  };
  const read = await gatherProblems(graph.ordered.map((image) => readInputs(image, reading)));
  assertTargetPlatforms(read, undefined);
  for (const message of runnerWarnings([inputs.runners.default, ...inputs.runners.byPlatform.values()]))
    runtime.log.annotate({ level: 'warning', message });
  const changes = await readChanges(runtime, baseOf(inputs, project));
  if (changes.kind === 'unknown') {
    const message = `Every image is built: ${changes.why}. ${changes.hint ?? ''}`.trimEnd();
    runtime.log.annotate({ level: changes.hint === undefined ? 'notice' : 'warning', message });
    return { config, images, graph, changes, due: new Map(images.map(({ name }) => [name, changes.why])) };
  }
  const known = new Map([
    ...sharedReasons(changes.paths, inputs.shared, graph.ordered),
    ...(await configurationChanges(changes, config, runtime)),
  ]);
  const affected = affectedImages(changes.paths, await imageSources(read, runtime.workspace), known);
  const own = new Set(images.map(({ name }) => name));
  return {
    config,
    images,
    graph,
    changes,
    due: new Map(affected.flatMap(({ name, why }) => (own.has(name) ? [[name, why] as const] : []))),
  };
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

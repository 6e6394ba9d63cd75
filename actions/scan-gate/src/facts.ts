import { forAll } from '@towpath/concurrency';
import { withPolicyFile, type Config, type EnvironmentConfig } from '@towpath/config';
import { requireWritableFile } from '@towpath/files';
import type { Runtime } from '@towpath/flow';
import type { EarlierFailures } from '@towpath/gate';
import { readLines, type DockerfileLines } from '@towpath/gate-report';
import { buildEnvironment, openProject, Locations } from '@towpath/project';
import type { Session } from '@towpath/session';
import { resolve } from 'node:path';
import { collect, type Collected } from './collect.ts';
import { currentOf } from './find-images.ts';
import type { GateInputs } from './inputs.ts';
import { policyOf } from './policy.ts';

export interface GateFacts extends Collected {
  readonly config: Config;
  /** The environment whose policy applies. */
  readonly target: EnvironmentConfig | undefined;
  /** The lines of the Dockerfiles, by the name of the image. */
  readonly lines: Readonly<Record<string, DockerfileLines>>;
  /** The findings that failed at an earlier reading. Undefined: no report was given. */
  readonly failedBefore?: EarlierFailures;
  /** The URL of the run. */
  readonly run: string | undefined;
}

/** Finds the images to judge in their registries, and waits for their scans. */
export async function facts(inputs: GateInputs, session: Session, runtime: Runtime): Promise<GateFacts> {
  await requireFiles(inputs, runtime);
  const { config: written, images, ci } = await openProject(inputs, runtime);
  const config = await withPolicyFile(written, inputs.policy, runtime.workspace);
  const locations = new Locations(config, session);
  const { environment: own } = inputs;
  // What an environment runs is judged by its own policy.
  const target = locations.environment(inputs.targetEnvironment ?? currentOf(inputs) ?? buildEnvironment);
  // The gate judges the same images that a promotion would deliver.
  const environment = locations.environment(own ?? target?.from[0] ?? buildEnvironment);
  const failedBefore = await readEarlier(inputs, runtime);
  const search = { locations, images, environment, pullThrough: config.build.pullThrough };
  return {
    config,
    target,
    ...(await collect(inputs, policyOf(inputs, config, target), search, session, runtime)),
    lines: Object.fromEntries(
      await forAll(images, async (image) => [image.name, await readLines(image, config, runtime)] as const),
    ),
    ...(failedBefore !== undefined && { failedBefore }),
    run: ci.run,
  };
}

/** Reads the earlier report before the scans are awaited. */
async function readEarlier(
  { baselineReport: file, environment, targetEnvironment }: GateInputs,
  { workspace }: Runtime,
): Promise<EarlierFailures | undefined> {
  if (file === undefined) return undefined;
  const { readEarlierFailures } = await import('@towpath/gate/earlier');
  return readEarlierFailures(resolve(workspace, file), file, targetEnvironment ?? environment);
}

/**
 * Checks the files of the report before the scans are awaited.
 *
 * @throws CodedError `input-invalid`
 */
async function requireFiles(
  { sarifOut, reportOut, junitOut }: GateInputs,
  { workspace }: Runtime,
): Promise<void> {
  for (const path of [sarifOut, reportOut, junitOut]) {
    if (path !== undefined) await requireWritableFile(workspace, path);
  }
}

import { forAll } from '@towpath/concurrency';
import { loadConfig, type Config, type ImageConfig } from '@towpath/config';
import { unreadableFinding, type LintFinding } from '@towpath/dockerfile-rules';
import { CodedError } from '@towpath/errors';
import type { Annotation, Runtime } from '@towpath/flow';
import {
  checkSubjects,
  readLintImages,
  readSubjects,
  runBuildkitChecks,
  runHadolint,
  type CheckedFile,
  type LintImage,
  type LintSubject,
  type OtherChecks,
} from '@towpath/lint';
import { openProject } from '@towpath/project';
import type { LintInputs, Use } from './inputs.ts';
import { fixFiles, type FixedFile } from './fix.ts';
import { findDockerfiles } from './dockerfiles.ts';

export interface LintFacts {
  /** After the fixes. */
  readonly files: readonly CheckedFile[];
  /** The Dockerfiles that the fixes change. */
  readonly fixed: readonly FixedFile[];
  /** Remarks about other linters and fixes. */
  readonly notes: readonly Annotation[];
  /** The linters that ran besides the rules. */
  readonly tools: readonly string[];
}

/** Reads the Dockerfiles and their contexts, and checks them. */
export async function facts(inputs: LintInputs, _session: unknown, runtime: Runtime): Promise<LintFacts> {
  const { config, images } = await findImages(inputs, runtime);
  const { workspace, signal } = runtime;
  const { chosen, unreadable } = await readImages(images, inputs, workspace);
  const siblings = [...chosen, ...(await readSiblings(config, images, workspace))];
  const subjects = await readSubjects(chosen, { config, workspace, signal, siblings });
  const { findings, notes, tools } = await runOthers(subjects, inputs, runtime);
  const checked = checkSubjects(subjects, config, findings);
  const files =
    unreadable.length === 0
      ? checked
      : [...unreadable, ...checked].sort((one, other) => (one.file < other.file ? -1 : 1));
  if (!inputs.fix) return { files, fixed: [], notes, tools };
  const fixes = await fixFiles(files, subjects, config, workspace);
  // Other linters have read the Dockerfiles before the fixes, so their findings there may be out of date.
  return { ...fixes, notes: [...notes, ...fixes.notes], tools };
}

interface ReadImages {
  readonly chosen: readonly LintImage[];
  readonly unreadable: readonly CheckedFile[];
}

/**
 * Reads Dockerfiles. One of a pattern that cannot be read is a finding, so that the others are checked.
 *
 * @throws CodedError that lists every Dockerfile of the configuration that cannot be read
 */
async function readImages(
  images: readonly ImageConfig[],
  { files }: LintInputs,
  workspace: string,
): Promise<ReadImages> {
  if (files.length === 0) return { chosen: await readLintImages(images, workspace), unreadable: [] };
  const read = await forAll(images, async (image): Promise<readonly LintImage[] | CheckedFile> => {
    const { name, dockerfile: file } = image;
    try {
      return await readLintImages([image], workspace);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      const findings = [unreadableFinding(file, error)];
      return { file, images: [name], text: '', findings, suppressed: [], edits: [] };
    }
  });
  return {
    chosen: read.flatMap((one) => ('file' in one ? [] : one)),
    unreadable: read.flatMap((one) => ('file' in one ? [one] : [])),
  };
}

interface Found {
  readonly config: Config;
  /** The images to check. */
  readonly images: readonly ImageConfig[];
}

/** Returns the images to check. With `files`, a repository needs no configuration. */
async function findImages(
  { config: file, only, files, dryRun, planOut }: LintInputs,
  runtime: Runtime,
): Promise<Found> {
  const { workspace } = runtime;
  if (files.length > 0 && file === undefined) {
    const printBake = () => Promise.reject(new Error('no bake file is found without its name'));
    const config = await loadConfig({ workspace, defaultName: 'image', printBake });
    return { config, images: findDockerfiles(files, workspace, config.images) };
  }
  const common = { config: file, only, region: undefined, dryRun, planOut };
  const { config, images } = await openProject(common, runtime, {});
  const known = [...config.images, ...config.bases];
  return { config, images: files.length === 0 ? images : findDockerfiles(files, workspace, known) };
}

/** Reads the other images of the configuration: their targets and platforms matter. Their problems do not. */
async function readSiblings(
  { images, bases }: Config,
  chosen: readonly ImageConfig[],
  workspace: string,
): Promise<readonly LintImage[]> {
  const others = [...images, ...bases].filter((one) => !chosen.includes(one));
  const read = await forAll(others, (one) => readLintImages([one], workspace).catch(() => []));
  return read.flat();
}

interface Others {
  readonly findings: readonly LintFinding[];
  readonly notes: readonly Annotation[];
  readonly tools: readonly string[];
}

/** Runs BuildKit's checks and hadolint, if they are wanted and installed. */
async function runOthers(
  subjects: readonly LintSubject[],
  { buildkit, hadolint }: LintInputs,
  runtime: Runtime,
): Promise<Others> {
  const files = [...new Set(subjects.map(({ file }) => file))];
  const checks = buildkit === 'off' ? undefined : await runBuildkitChecks(subjects, runtime);
  const linted = hadolint === 'off' ? undefined : await runHadolint(files, runtime);
  if (checks === undefined && buildkit === 'on')
    throw new CodedError('builder-missing', 'BuildKit’s checks cannot run: docker buildx is not installed.', {
      hint: 'Add docker/setup-buildx-action before this step, or set the input buildkit to auto or off.',
    });
  if (linted === undefined && hadolint === 'on')
    throw new CodedError('program-missing', 'hadolint is not on the PATH.', {
      hint: 'Install hadolint before this step, or set the input hadolint to auto or off.',
    });
  const notes = [
    ...remarks('BuildKit', buildkit, checks, {
      count: subjects.length,
      hint: 'Check that a builder runs and that the frontend of the Dockerfile can be pulled, or set the input buildkit to auto or off.',
    }),
    ...remarks('hadolint', hadolint, linted, {
      count: files.length,
      hint: 'Run hadolint --format json on the Dockerfile to see why, or set the input hadolint to auto or off.',
    }),
  ];
  return {
    findings: [...(checks?.findings ?? []), ...(linted?.findings ?? [])],
    notes,
    tools: [...(checks === undefined ? [] : ['BuildKit']), ...(linted === undefined ? [] : ['hadolint'])],
  };
}

/**
 * Returns a remark about the Dockerfiles that another linter could not check.
 *
 * @throws CodedError `outside-failed` if the linter is required
 */
function remarks(
  tool: string,
  use: Use,
  checks: OtherChecks | undefined,
  { count, hint }: { readonly count: number; readonly hint: string },
): readonly Annotation[] {
  const { failures = [] } = checks ?? {};
  const [first] = failures;
  if (first === undefined) return [];
  const message = `${tool} could not check ${failures.length} of ${count} Dockerfiles: ${first}`;
  if (use === 'on') throw new CodedError('outside-failed', message, { hint });
  return [{ level: 'notice', message }];
}

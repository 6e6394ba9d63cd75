import { forAll } from '@towpath/concurrency';
import { CodedError, type Problem } from '@towpath/errors';
import { readTextWithin } from '@towpath/files';
import type { Runtime } from '@towpath/flow';
import {
  collectReports,
  layoutManifests,
  repositoryManifests,
  type CollectedReports,
  type GateImage,
  type ReportedImage,
  type ReportFile,
} from '@towpath/gate';
import { readImageSet } from '@towpath/image-set';
import { Layout } from '@towpath/oci';
import type { Session } from '@towpath/session';
import type { ImageConfig } from '@towpath/config';
import { glob } from 'node:fs/promises';
import { normalize, resolve } from 'node:path';
import { notInSet } from './find-images.ts';

/** The maximum size of a report in bytes. A report of 10,000 findings has 40 MB. */
const maxBytes = 256 * 2 ** 20;

/** The maximum number of reports: one for each platform of many images. */
const maxReports = 500;

/**
 * Reads the files of the input `reports`.
 *
 * @param patterns paths relative to the workspace, in which `*` and `**` match any names
 * @throws CodedError `report-invalid` for each file that is missing or no complete report
 */
export async function readReports(
  patterns: readonly string[],
  { workspace }: Pick<Runtime, 'workspace'>,
): Promise<readonly ReportFile[]> {
  const { readReport } = await import('@towpath/findings');
  const files = (await forAll(patterns, (pattern) => filesOf(pattern, workspace))).flat();
  if (files.length > maxReports)
    throw invalid(`The input reports matches ${files.length} files. The limit is ${maxReports}.`);
  const reports: ReportFile[] = [];
  const problems: Problem[] = [];
  // One after the other: the text of a report can be large.
  for (const file of new Set(files.map((one) => normalize(one)))) {
    try {
      const text = await readTextWithin(resolve(workspace, file), {
        code: 'report-invalid',
        name: file,
        maxBytes,
      });
      reports.push({ file, report: readReport(text, file) });
    } catch (error) {
      problems.push(...problemsOf(error, file));
    }
  }
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${count} files of the input reports cannot be used.`);
  return reports;
}

async function filesOf(pattern: string, workspace: string): Promise<readonly string[]> {
  if (!pattern.includes('*')) return [pattern];
  const found: string[] = [];
  for await (const file of glob(pattern, { cwd: workspace })) {
    found.push(file);
    if (found.length > maxReports) break;
  }
  if (found.length === 0) throw invalid(`No file matches ${JSON.stringify(pattern)} of the input reports.`);
  return found.sort();
}

function problemsOf(error: unknown, file: string): readonly Problem[] {
  if (error instanceof CodedError) return error.problems;
  if ((error as NodeJS.ErrnoException).code === 'ENOENT')
    return invalid(`There is no report ${file}.`).problems;
  throw error;
}

function invalid(message: string): CodedError {
  return new CodedError('report-invalid', message, {
    hint: 'Run the scanner in a step before this one, and pass the paths of its JSON or SARIF files, relative to the workspace.',
  });
}

/**
 * Collects the findings of reports for images of a registry.
 *
 * @throws CodedError `report-invalid`, `access-denied`, …
 */
export function collectForRegistry(
  images: readonly GateImage[],
  reports: readonly ReportFile[],
  session: Session,
  now: Date,
): Promise<CollectedReports> {
  const reported = images.map((image) => ({ ...image, find: repositoryManifests(image.location, session) }));
  return collectReports(reported, reports, now);
}

/**
 * Collects the findings of reports for the images of an image set. Sends no request, so it works without AWS
 * credentials.
 *
 * @throws CodedError `report-invalid`, `image-set-invalid`, …
 */
export async function collectForImageSet(
  images: readonly ImageConfig[],
  folder: string,
  reports: readonly ReportFile[],
  now: Date,
): Promise<CollectedReports & { readonly unjudged: readonly Problem[] }> {
  const set = await readImageSet(folder);
  const layout = new Layout(folder);
  const reported: ReportedImage[] = [];
  const unjudged: Problem[] = [];
  for (const { name, platforms } of images) {
    const built = set.images.find((image) => image.name === name);
    if (built === undefined) unjudged.push(notInSet(name, folder));
    else if (!layout.has(built)) unjudged.push(reused(name, folder));
    else
      reported.push({ name, root: await layout.manifest(built), platforms, find: layoutManifests(layout) });
  }
  return { ...(await collectReports(reported, reports, now)), unjudged };
}

function reused(name: string, folder: string): Problem {
  return {
    code: 'gate-unknown',
    message: `The image set ${folder} reuses ${name} from the registry and does not contain it, so it cannot be judged by a report.`,
    hint: 'Set reuse: false for build, or name the other images with the input only.',
  };
}

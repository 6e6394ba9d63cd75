import { forAll } from '@towpath/concurrency';
import { CodedError, type Problem } from '@towpath/errors';
import type { ImageIdentity, Report } from '@towpath/findings';
import type { Environment, Runtime } from '@towpath/flow';
import type { ImageManifest, Layout } from '@towpath/oci';
import { rm } from 'node:fs/promises';
import { writeArchive } from './archive.ts';
import type { ChosenScanner } from './choose-scanners.ts';
import { installSnyk, type Command } from './install-snyk.ts';
import { credentialsOf, credentialVariables, redact } from './redact.ts';
import { lastError, reasonOf } from './reason.ts';
import { scanners } from './scanner.ts';

/** An image of one platform to scan. */
export interface ScanTarget extends ImageIdentity {
  /** For messages, e.g. `web for linux/amd64`. */
  readonly name: string;
  readonly manifest: ImageManifest;
}

/** What a scanner reported about an image. */
export interface ScannedReport {
  readonly target: ScanTarget;
  readonly scanner: ChosenScanner['name'];
  /** The report as the scanner printed it, without credentials. */
  readonly text: string;
  readonly report: Report;
}

/** A scan that an optional scanner could not finish. */
export interface SkippedScan {
  readonly target: ScanTarget;
  readonly problem: Problem;
}

/** What the scanners reported. */
export interface Scans {
  readonly reports: readonly ScannedReport[];
  readonly skipped: readonly SkippedScan[];
}

/** What the scans of a step share. */
export interface ScanOptions {
  readonly layout: Layout;
  /** Returns a new folder that is removed when the step ends. */
  readonly temporaryFolder: () => Promise<string>;
  /** The variables of the proxy. */
  readonly proxy: Environment;
  /** The maximum duration of one scan, in milliseconds. Default: 15 minutes. */
  readonly timeout?: number;
}

/** In milliseconds. */
const defaultTimeout = 15 * 60_000;

/**
 * Scans images with every scanner.
 *
 * @returns the reports, and the scans that a program on PATH could not finish although nobody asked for it: often it
 * cannot download its database
 * @throws CodedError `scan-failed` for each other image that could not be scanned, and for each report that cannot be
 * right
 */
export async function scanImages(
  targets: readonly ScanTarget[],
  chosen: readonly ChosenScanner[],
  options: ScanOptions,
  runtime: Runtime,
): Promise<Scans> {
  const { env, log } = runtime;
  for (const secret of credentialsOf(env)) log.mask(secret);
  const reports: ScannedReport[] = [];
  const skipped: SkippedScan[] = [];
  const problems: Problem[] = [];
  for (const scanner of chosen) {
    const command = await commandOf(scanner, options, runtime);
    const { parallel } = scanners[scanner.name];
    const results = await forAll(
      targets,
      async (target, failed) => scan(target, scanner, command, options, runtime, failed),
      { limit: parallel, signal: runtime.signal },
    );
    for (const result of results) {
      if ('report' in result) reports.push(result);
      else if (scanner.isOptional === true && result.isUnfinished) skipped.push(result);
      else problems.push(result.problem);
    }
  }
  if (problems.length > 0) throw CodedError.of(problems, (count) => `${count} scans failed.`);
  return { reports, skipped };
}

async function commandOf(
  { name, program }: ChosenScanner,
  { temporaryFolder, proxy }: ScanOptions,
  { exec, signal }: Runtime,
): Promise<Command> {
  if (program !== undefined) return { program, args: [] };
  if (name !== 'snyk') throw new Error(`${name} has no program`);
  const folder = await temporaryFolder();
  return installSnyk(folder, exec, proxy, signal);
}

interface FailedScan extends SkippedScan {
  /** Whether the program gave up, and printed no report that could be wrong. */
  readonly isUnfinished: boolean;
}

/** Scans one image. A failure is a result, so that all failures are reported. */
async function scan(
  target: ScanTarget,
  { name }: ChosenScanner,
  command: Command,
  { layout, temporaryFolder, proxy, timeout = defaultTimeout }: ScanOptions,
  { exec, env, workspace, log }: Runtime,
  failed: AbortSignal,
): Promise<ScannedReport | FailedScan> {
  const { title, args, complete, found } = scanners[name];
  const folder = await temporaryFolder();
  const late = AbortSignal.timeout(timeout);
  const secrets = credentialsOf(env);
  try {
    const archive = await writeArchive(folder, target.name, target.manifest, layout, failed);
    log.info(`Scan ${target.name} with ${title}`);
    const { exitCode, stdout, stderr } = await exec(command.program, [...command.args, ...args(archive)], {
      // The scanners read their ignore files there, e.g. .snyk and .trivyignore.
      cwd: workspace,
      env: { ...proxy, ...credentialVariables(env, name) },
      signal: AbortSignal.any([failed, late]),
    });
    // First of all: a credential that is cut off afterwards is not found.
    const [text, errors] = [redact(stdout, secrets), redact(stderr, secrets)];
    if (!complete.has(exitCode)) {
      const why = reasonOf(text, errors);
      return failure(
        target,
        name,
        `it ended with exit code ${exitCode}${why === '' ? '' : `: ${why}`}`,
        true,
      );
    }
    // The npm package of Snyk does so if it cannot download its program.
    if (text.trim() === '') {
      const error = errors.split('\n').find((line) => /\berror\b/i.test(line));
      const why = lastError(error ?? errors);
      return failure(
        target,
        name,
        `it ended with exit code ${exitCode} and no report${why === '' ? '' : `: ${why}`}`,
      );
    }
    // Loaded with the first report: every build chooses scanners, but only some scan.
    const { readScan } = await import('./read-scan.ts');
    const { report, contradiction } = readScan(text, `The report of ${title} about ${target.name}`, target);
    // Licences are no findings, but Snyk counts them: ok is false then.
    const isClean = report.findings.length === 0 && !/"ok"\s*:\s*false/.test(text);
    if (exitCode === found && isClean)
      return failure(target, name, `it ended with exit code ${exitCode}, but its report has no findings`);
    if (contradiction !== undefined)
      return failure(target, name, `its report is about another image. ${contradiction}`);
    return { target, scanner: name, text, report };
  } catch (error) {
    failed.throwIfAborted();
    if (late.aborted)
      return failure(target, name, `it did not finish within ${Math.round(timeout / 60_000)} minutes`, true);
    if (!(error instanceof CodedError)) throw error;
    return failure(target, name, redact(error.message.replace(/\.$/, ''), secrets));
  } finally {
    // The archive has the size of the image.
    await rm(folder, { recursive: true, force: true });
  }
}

function failure(
  target: ScanTarget,
  name: ChosenScanner['name'],
  why: string,
  isUnfinished = false,
): FailedScan {
  const { title } = scanners[name];
  return {
    target,
    isUnfinished,
    problem: {
      code: 'scan-failed',
      message: `${title} could not scan ${target.name} (${target.digest}): ${why}.`,
      hint: `Fix the cause and run the job again. To build without a scan, set scan: off.`,
    },
  };
}

import type { ScanConfig, ScannerName } from '@towpath/config';
import { CodedError, type Problem } from '@towpath/errors';
import type { Environment } from '@towpath/flow';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A scanner to run. Plain data. */
export interface ChosenScanner {
  readonly name: ScannerName;
  /** The program, or undefined for the pinned npm package of Snyk. */
  readonly program?: string;
  /** Whether nobody asked for it: it is on PATH. A scan that it cannot finish is a warning. */
  readonly isOptional?: true;
}

/**
 * Chooses the scanners of a build.
 *
 * @param scan names: these scanners. `auto`: the first one that is available, of Snyk with `SNYK_TOKEN`, Trivy and Grype
 *   on PATH. `required`: as `auto`, but one must be available. With `auto`, a program that is on PATH without a token is
 *   optional
 * @throws CodedError `scanner-missing` for each scanner that is required and not available
 */
export function chooseScanners(scan: ScanConfig, env: Environment): readonly ChosenScanner[] {
  if (scan === 'off') return [];
  if (typeof scan !== 'string') return requireNamed(scan, env);
  for (const name of ['snyk', 'trivy', 'grype'] as const) {
    const found = findScanner(name, env);
    if (found === undefined) continue;
    return [scan === 'auto' && name !== 'snyk' ? { ...found, isOptional: true } : found];
  }
  if (scan === 'auto') return [];
  throw new CodedError('scanner-missing', 'scan is required, and no scanner is available.', {
    hint: 'Pass SNYK_TOKEN in the environment of the step, or install trivy or grype in a step before this one. The secrets of a repository are not available to pull requests from forks.',
  });
}

function requireNamed(names: readonly ScannerName[], env: Environment): readonly ChosenScanner[] {
  const found: ChosenScanner[] = [];
  const problems: Problem[] = [];
  for (const name of names) {
    const scanner = findScanner(name, env);
    if (scanner === undefined) problems.push(missing(name));
    else found.push(scanner);
  }
  if (problems.length > 0) throw CodedError.of(problems, (count) => `${count} scanners are missing.`);
  return found;
}

function missing(name: ScannerName): Problem {
  if (name === 'snyk')
    return {
      code: 'scanner-missing',
      message: 'scan: snyk needs a token of Snyk, and SNYK_TOKEN is empty.',
      hint: 'Pass SNYK_TOKEN in the environment of the step. The secrets of a repository are not available to pull requests from forks: set scan: auto to build them without a scan.',
    };
  return {
    code: 'scanner-missing',
    message: `scan: ${name} needs the program ${name}, and it is not on PATH.`,
    hint: `Install ${name} in a step before this one, or set scan: auto.`,
  };
}

function findScanner(name: ScannerName, env: Environment): ChosenScanner | undefined {
  if (name === 'snyk' && (env.SNYK_TOKEN ?? '').trim() === '') return undefined;
  const program = findProgram(name, env);
  if (program !== undefined) return { name, program };
  return name === 'snyk' ? { name } : undefined;
}

/**
 * Returns the path of a program, or undefined if it is not on PATH. Synchronous: a PATH has many folders, and a promise
 * for each takes longer than the search.
 */
function findProgram(name: string, { PATH = '' }: Environment): string | undefined {
  for (const folder of PATH.split(delimiter).filter((part) => part !== '')) {
    const path = join(folder, name);
    try {
      if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) continue;
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // The next folder may have it.
    }
  }
  return undefined;
}

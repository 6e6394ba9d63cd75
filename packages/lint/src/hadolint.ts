import { externalFinding, type LintFinding, type LintSeverity } from '@towpath/dockerfile-rules';
import type { Runtime } from '@towpath/flow';
import * as z from 'zod';
import type { OtherChecks } from './other-checks.ts';

/** The JSON of hadolint (`hadolint --format json`). */
const output = z.array(
  z.object({
    line: z.int().min(0).catch(1),
    code: z.string().regex(/^[A-Z]{2}\d{4}$/),
    message: z.string(),
    level: z.string(),
    file: z.string(),
  }),
);

const severities: Readonly<Record<string, LintSeverity>> = { error: 'error', warning: 'warning' };

/** Dockerfiles of one call, so that the command line stays short. */
const perCall = 200;

/** Dockerfiles that hadolint may fail for before it is not started again. */
const maxFailures = 20;

/**
 * Runs hadolint. Returns undefined if it is not on the PATH.
 *
 * Some releases crash on some Dockerfiles (2.15.1 on `WORKDIR x`), and then print no findings for any file of the call.
 * So the files of a failed call are divided until only the ones that hadolint fails for are left out.
 *
 * @param files Dockerfiles, relative to the workspace
 * @param limit in milliseconds, for all calls
 */
export async function runHadolint(
  files: readonly string[],
  runtime: Pick<Runtime, 'exec' | 'workspace' | 'signal'>,
  limit = 120_000,
): Promise<OtherChecks | undefined> {
  const { exec } = runtime;
  const isThere = await exec('hadolint', ['--version']).then(
    ({ exitCode }) => exitCode === 0,
    () => false,
  );
  if (!isThere) return undefined;
  // One limit for all: a file on which hadolint hangs would otherwise stop each call that contains it.
  const late = AbortSignal.timeout(limit);
  const findings: LintFinding[] = [];
  const failures: string[] = [];
  const calls = Array.from({ length: Math.ceil(files.length / perCall) }, (_, index) =>
    files.slice(index * perCall, (index + 1) * perCall),
  );
  for (let call = calls.shift(); call !== undefined; call = calls.shift()) {
    if (late.aborted || failures.length >= maxFailures) {
      const why = late.aborted ? `within ${limit / 1000} s` : `after ${maxFailures} failures`;
      failures.push(...call.map((file) => `${file}: not checked ${why}`));
      continue;
    }
    const { found, failure } = await check(call, late, runtime);
    const middle = Math.ceil(call.length / 2);
    if (failure === undefined) findings.push(...found);
    else if (call.length === 1) failures.push(`${call.join()}: ${failure}`);
    else calls.unshift(call.slice(0, middle), call.slice(middle));
  }
  return { findings, failures };
}

/** Checks some Dockerfiles. With a failure, there are no findings. */
async function check(
  files: readonly string[],
  late: AbortSignal,
  { exec, workspace, signal }: Pick<Runtime, 'exec' | 'workspace' | 'signal'>,
): Promise<{ readonly found: readonly LintFinding[]; readonly failure?: string }> {
  const { stdout, stderr } = await exec('hadolint', ['--format', 'json', '--no-fail', '--', ...files], {
    cwd: workspace,
    signal: AbortSignal.any([signal, late]),
  }).catch((error: unknown) => {
    if (signal.aborted) throw error;
    return { stdout: '', stderr: error instanceof Error ? error.message : String(error) };
  });
  const parsed = output.safeParse(parse(stdout));
  if (parsed.success) return { found: parsed.data.map(findingOf) };
  const [first = ''] = stderr.trim().split('\n');
  return { found: [], failure: first === '' ? 'hadolint printed no findings as JSON' : first.slice(0, 300) };
}

function findingOf({ line, code, message, level, file }: z.infer<typeof output>[number]): LintFinding {
  return externalFinding({
    rule: `hadolint/${code}`,
    severity: severities[level] ?? 'info',
    file: file.replace(/^\.\//, ''),
    line: Math.max(1, line),
    message,
    hint: code.startsWith('SC')
      ? `See https://www.shellcheck.net/wiki/${code}.`
      : `See https://github.com/hadolint/hadolint/wiki/${code}.`,
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

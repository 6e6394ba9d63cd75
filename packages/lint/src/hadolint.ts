import { externalFinding, type LintFinding, type LintSeverity } from '@towpath/dockerfile-rules';
import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import * as z from 'zod';

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

/**
 * Returns the findings of hadolint; undefined if it is not on the PATH.
 *
 * @param files Dockerfiles, relative to the workspace
 * @throws CodedError `outside-failed` if it prints something else than findings
 */
export async function runHadolint(
  files: readonly string[],
  { exec, workspace }: Pick<Runtime, 'exec' | 'workspace'>,
): Promise<readonly LintFinding[] | undefined> {
  const isThere = await exec('hadolint', ['--version']).then(
    ({ exitCode }) => exitCode === 0,
    () => false,
  );
  if (!isThere) return undefined;
  const found: LintFinding[] = [];
  for (let at = 0; at < files.length; at += perCall) {
    const some = files.slice(at, at + perCall);
    const args = ['--format', 'json', '--no-fail', '--', ...some];
    const { stdout, stderr } = await exec('hadolint', args, { cwd: workspace });
    found.push(...readHadolint(stdout, stderr));
  }
  return found;
}

/** @throws CodedError `outside-failed` */
function readHadolint(stdout: string, stderr = ''): readonly LintFinding[] {
  const parsed = output.safeParse(parse(stdout));
  if (!parsed.success)
    throw new CodedError(
      'outside-failed',
      `hadolint printed no findings as JSON. ${stderr.trim().slice(0, 300)}`.trim(),
      { hint: 'Run hadolint --format json on the Dockerfile to see why, or set the input hadolint to off.' },
    );
  return parsed.data.map(({ line, code, message, level, file }) =>
    externalFinding({
      rule: `hadolint/${code}`,
      severity: severities[level] ?? 'info',
      file: file.replace(/^\.\//, ''),
      line: Math.max(1, line),
      message,
      hint: code.startsWith('SC')
        ? `See https://www.shellcheck.net/wiki/${code}.`
        : `See https://github.com/hadolint/hadolint/wiki/${code}.`,
    }),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

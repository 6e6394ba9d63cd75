import { findBuildx, type Buildx } from '@towpath/buildx';
import { forAll } from '@towpath/concurrency';
import { externalFinding, type LintFinding } from '@towpath/dockerfile-rules';
import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { formatPlatform } from '@towpath/reference';
import { join } from 'node:path';
import * as z from 'zod';
import type { LintSubject } from './subjects.ts';

/** The JSON of BuildKit's checks (`docker buildx build --call=lint,format=json`). */
const output = z.object({
  warnings: z
    .array(
      z.object({
        ruleName: z.string().regex(/^\w{1,100}$/),
        description: z.string().optional(),
        url: z.string().optional(),
        detail: z.string().optional(),
        location: z
          .object({ ranges: z.array(z.object({ start: z.object({ line: z.int() }) })).nullish() })
          .nullish(),
      }),
    )
    .nullish(),
  buildError: z.object({ message: z.string().optional() }).nullish(),
});

/** The findings of BuildKit, and why it could not check a Dockerfile. */
export interface BuildkitChecks {
  readonly findings: readonly LintFinding[];
  readonly failures: readonly string[];
}

/** In milliseconds. BuildKit may have to pull a frontend. */
const longest = 120_000;

/** Checks that run at the same time. */
const parallel = 4;

/** Runs BuildKit's own checks. Returns undefined if buildx is not installed. */
export async function runBuildkitChecks(
  subjects: readonly LintSubject[],
  runtime: Pick<Runtime, 'exec' | 'workspace' | 'signal'>,
): Promise<BuildkitChecks | undefined> {
  const buildx = await findBuildx(runtime).catch((error: unknown) => {
    if (error instanceof CodedError && error.code === 'builder-missing') return undefined;
    throw error;
  });
  if (buildx === undefined) return undefined;
  const found = await forAll(subjects, (subject) => check(subject, buildx, runtime), { limit: parallel });
  return {
    findings: found.flatMap((one) => (typeof one === 'string' ? [] : one)),
    failures: found.filter((one) => typeof one === 'string'),
  };
}

/** Returns the findings, or why there are none. */
async function check(
  { file, image, options }: LintSubject,
  { program, args }: Buildx,
  { exec, workspace, signal }: Pick<Runtime, 'exec' | 'workspace' | 'signal'>,
): Promise<readonly LintFinding[] | string> {
  const given = [
    ...['build', '--call=lint,format=json', '--progress=quiet', '--file', join(workspace, file)],
    ...(image.target === undefined ? [] : ['--target', image.target]),
    ...[...(options.args ?? [])].flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
    // BuildKit checks one platform.
    ...(options.platforms ?? []).slice(0, 1).map((one) => `--platform=${formatPlatform(one)}`),
    join(workspace, image.context),
  ];
  const { stdout, stderr } = await exec(program, [...args, ...given], {
    cwd: workspace,
    signal: AbortSignal.any([signal, AbortSignal.timeout(longest)]),
  }).catch((error: unknown) => {
    if (signal.aborted) throw error;
    return { stdout: '', stderr: error instanceof Error ? error.message : String(error) };
  });
  const checks = readBuildkitChecks(stdout, file);
  return checks ?? `${file}: ${stderr.trim().split('\n').at(-1)?.slice(0, 300) ?? ''}`;
}

/** Returns the findings in the output of BuildKit; undefined if it contains none. */
function readBuildkitChecks(stdout: string, file: string): readonly LintFinding[] | undefined {
  const parsed = output.safeParse(parse(stdout));
  if (!parsed.success) return undefined;
  return (parsed.data.warnings ?? []).map(({ ruleName, description = '', url, detail, location }) => {
    const line = location?.ranges?.[0]?.start.line ?? 1;
    return externalFinding({
      rule: `buildkit/${ruleName}`,
      severity: 'warning',
      file,
      line: Math.max(1, line),
      message: detail ?? description,
      hint: [detail === undefined ? '' : description, url === undefined ? '' : `See ${url}`]
        .filter(Boolean)
        .join(' '),
    });
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.slice(Math.max(0, text.indexOf('{'))));
  } catch {
    return undefined;
  }
}

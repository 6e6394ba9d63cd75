import type { NamedContext } from '@towpath/config';
import { findBuildx, type Buildx } from '@towpath/buildx';
import { forAll } from '@towpath/concurrency';
import { externalFinding, type LintFinding } from '@towpath/dockerfile-rules';
import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { formatPlatform } from '@towpath/reference';
import { join } from 'node:path';
import * as z from 'zod';
import type { OtherChecks } from './other-checks.ts';
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

/** In milliseconds. BuildKit may have to pull a frontend. */
const longest = 120_000;

/** Checks that run at the same time. */
const parallel = 4;

/** Runs BuildKit's own checks. Returns undefined if buildx is not installed. */
export async function runBuildkitChecks(
  subjects: readonly LintSubject[],
  runtime: Pick<Runtime, 'env' | 'exec' | 'workspace' | 'signal'>,
): Promise<OtherChecks | undefined> {
  const buildx = await findBuildx(runtime, runtime.env).catch((error: unknown) => {
    if (error instanceof CodedError && error.code === 'builder-missing') return undefined;
    throw error;
  });
  if (buildx === undefined) return undefined;
  const found = await forAll(subjects, (subject) => check(subject, buildx, runtime), { limit: parallel });
  return {
    findings: found.flatMap(({ findings }) => findings),
    failures: found.flatMap(({ failure }) => failure ?? []),
  };
}

/** The findings for one image. With a failure, they are not complete. */
interface Check {
  readonly findings: readonly LintFinding[];
  readonly failure?: string;
}

async function check(
  { file, image, options }: LintSubject,
  { program, args }: Buildx,
  { exec, workspace, signal }: Pick<Runtime, 'exec' | 'workspace' | 'signal'>,
): Promise<Check> {
  const given = [
    ...['build', '--call=lint,format=json', '--progress=quiet', '--file', join(workspace, file)],
    ...(image.target === undefined ? [] : ['--target', image.target]),
    ...[...(options.args ?? [])].flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
    // BuildKit checks one platform.
    ...(options.platforms ?? []).slice(0, 1).map((one) => `--platform=${formatPlatform(one)}`),
    ...[...image.contexts].flatMap(([name, context]) => [
      '--build-context',
      `${name}=${sourceOf(context, workspace)}`,
    ]),
    join(workspace, image.context),
  ];
  const { stdout, stderr } = await exec(program, [...args, ...given], {
    cwd: workspace,
    signal: AbortSignal.any([signal, AbortSignal.timeout(longest)]),
  }).catch((error: unknown) => {
    if (signal.aborted) throw error;
    return { stdout: '', stderr: error instanceof Error ? error.message : String(error) };
  });
  const failure = (why: string) => `${file}: ${why.trim().split('\n').at(-1)?.slice(0, 300) ?? ''}`;
  const parsed = output.safeParse(parse(stdout));
  if (!parsed.success) return { findings: [], failure: failure(stderr) };
  const { warnings, buildError } = parsed.data;
  // The variables of another image of the configuration are not known.
  const isOpen = [...image.contexts.values()].some(({ kind }) => kind === 'target');
  return {
    findings: readWarnings(warnings ?? [], file).filter(
      ({ rule }) => !isOpen || rule !== 'buildkit/UndefinedVar',
    ),
    ...(buildError && { failure: failure(buildError.message ?? '') }),
  };
}

/** Returns the source of a named context for buildx. For another image of the configuration, any folder will do. */
function sourceOf(context: NamedContext, workspace: string): string {
  switch (context.kind) {
    case 'folder':
      return join(workspace, context.path);
    case 'image':
      return `docker-image://${context.reference}`;
    case 'layout': {
      const { tag, digest } = context;
      const name = `${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
      return `oci-layout://${join(workspace, context.path)}${name}`;
    }
    case 'target':
      return workspace;
    case 'remote':
      return context.url;
  }
}

type Warnings = NonNullable<z.infer<typeof output>['warnings']>;

function readWarnings(warnings: Warnings, file: string): readonly LintFinding[] {
  return warnings.map(({ ruleName, description = '', url, detail, location }) => {
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

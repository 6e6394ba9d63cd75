import type { Config, LintMode } from '@towpath/config';
import { CodedError } from '@towpath/errors';
import type { Annotation } from '@towpath/flow';
import type { ImageFacts } from './image-facts.ts';

/** Findings to annotate. GitHub shows no more warnings of a step. */
const maxAnnotations = 10;

/** Rules that the build itself reports: unknown args, the platforms of images below, and what AWS Lambda refuses. */
const reportedByBuild: readonly string[] = ['arg-undeclared', 'target-platform', 'lambda'];

interface Linting {
  readonly config: Config;
  readonly mode: LintMode;
  readonly workspace: string;
  readonly signal: AbortSignal;
}

/**
 * Checks the Dockerfiles by the rules of lint. With `warn`, returns warnings for what BuildKit does not report itself.
 *
 * @throws CodedError `lint-failed` with `fail`, if a finding is an error
 */
export async function lintDockerfiles(
  images: readonly Pick<ImageFacts, 'image' | 'text' | 'args' | 'platforms'>[],
  { config, mode, workspace, signal }: Linting,
): Promise<readonly Annotation[]> {
  if (mode === 'off') return [];
  const { checkSubjects, readSubjects } = await import('@towpath/lint');
  const { ruleOf } = await import('@towpath/dockerfile-rules');
  const subjects = await readSubjects(images, { config, workspace, signal });
  const findings = checkSubjects(subjects, config, [], reportedByBuild).flatMap((one) => one.findings);
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (mode === 'fail' && errors.length > 0)
    throw CodedError.of(
      errors.map(({ rule, message, hint, file, line }) => ({
        code: 'lint-failed',
        message: `${message.replace(/\.$/, '')} (${rule})`,
        hint,
        position: { file, line },
      })),
      (count) => `The Dockerfiles have ${count} errors, so nothing is built.`,
    );
  const rest = findings.filter(
    ({ rule, severity }) => severity !== 'info' && ruleOf(rule)?.buildkit === undefined,
  );
  const worstFirst = [
    ...rest.filter((one) => errors.includes(one)),
    ...rest.filter((one) => !errors.includes(one)),
  ];
  return worstFirst.slice(0, maxAnnotations).map(({ rule, message, hint, file, line }) => ({
    level: 'warning',
    title: rule,
    message: `${message} ${hint}`.trim(),
    position: { file, line },
  }));
}

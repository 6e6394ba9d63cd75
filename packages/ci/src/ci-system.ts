/** The environment variables, keyed by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A CI system whose variables are read. */
export type CiSystem = 'github' | 'gitlab' | 'codebuild' | 'jenkins';

/**
 * Returns the CI system of a run, or undefined on a machine without one. A runner of GitHub or GitLab that CodeBuild hosts
 * counts as GitHub or GitLab.
 */
export function ciSystem(env: Environment): CiSystem | undefined {
  if (filled(env.GITHUB_ACTIONS ?? env.GITHUB_RUN_ID ?? env.GITHUB_SHA) !== undefined) return 'github';
  if (filled(env.GITLAB_CI) !== undefined) return 'gitlab';
  if (filled(env.CODEBUILD_BUILD_ID) !== undefined) return 'codebuild';
  return filled(env.JENKINS_URL) === undefined ? undefined : 'jenkins';
}

/** Returns the value of a variable. CI systems set a variable without a value to the empty text. */
export function filled(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

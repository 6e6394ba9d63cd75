/**
 * Variables that the runner, AWS and Towpath give to a job. Their values are credentials of the job, or lead to them:
 * whoever has one of them can act as the job.
 */
const reserved =
  /^(?:ACTIONS_|AWS_|GITHUB_|INPUT_|STATE_|RUNNER_|BUILDX_|TOWPATH_|DOCKER_AUTH|CODEBUILD_|ECS_CONTAINER_|JENKINS_)/i;

/**
 * Those of them that say what a run is about and hold no credential (GitHub docs, "Default environment variables"; AWS
 * SDKs, "AWS Region"). Bake and Compose files read these. A variable that is missing here is withheld.
 */
const harmless = new Set([
  ...['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_ACCOUNT_ID', 'AWS_PAGER', 'AWS_CA_BUNDLE'],
  ...['RUNNER_OS', 'RUNNER_ARCH', 'RUNNER_NAME', 'RUNNER_TEMP', 'RUNNER_TOOL_CACHE', 'RUNNER_WORKSPACE'],
  ...['RUNNER_DEBUG', 'RUNNER_ENVIRONMENT', 'GITHUB_ACTIONS', 'GITHUB_ACTION', 'GITHUB_ACTOR'],
  ...['GITHUB_ACTOR_ID', 'GITHUB_API_URL', 'GITHUB_BASE_REF', 'GITHUB_EVENT_NAME', 'GITHUB_GRAPHQL_URL'],
  ...['GITHUB_HEAD_REF', 'GITHUB_JOB', 'GITHUB_REF', 'GITHUB_REF_NAME', 'GITHUB_REF_PROTECTED'],
  ...['GITHUB_REF_TYPE', 'GITHUB_REPOSITORY', 'GITHUB_REPOSITORY_ID', 'GITHUB_REPOSITORY_OWNER'],
  ...['GITHUB_REPOSITORY_OWNER_ID', 'GITHUB_RETENTION_DAYS', 'GITHUB_RUN_ATTEMPT', 'GITHUB_RUN_ID'],
  ...['GITHUB_RUN_NUMBER', 'GITHUB_SERVER_URL', 'GITHUB_SHA', 'GITHUB_TRIGGERING_ACTOR', 'GITHUB_WORKFLOW'],
  ...['GITHUB_WORKFLOW_REF', 'GITHUB_WORKFLOW_SHA', 'GITHUB_WORKSPACE'],
  ...['CODEBUILD_BUILD_ID', 'CODEBUILD_BUILD_NUMBER', 'CODEBUILD_BUILD_ARN', 'CODEBUILD_INITIATOR'],
  ...['CODEBUILD_RESOLVED_SOURCE_VERSION', 'CODEBUILD_SOURCE_VERSION', 'CODEBUILD_SRC_DIR'],
  ...['CODEBUILD_SOURCE_REPO_URL', 'CODEBUILD_WEBHOOK_EVENT', 'CODEBUILD_WEBHOOK_TRIGGER'],
  ...['CODEBUILD_WEBHOOK_HEAD_REF', 'CODEBUILD_WEBHOOK_BASE_REF', 'CODEBUILD_PROJECT_UUID'],
  ...['JENKINS_URL', 'JENKINS_HOME'],
]);

/** Whether a variable is the job's own, in any case: a secret of a build cannot come from it. */
export function isJobVariable(name: string): boolean {
  return reserved.test(name);
}

/** Whether a variable of the job may hold a credential, or the way to one. No program gets it unless it needs it. */
export function isJobCredential(name: string): boolean {
  // buildx takes its own settings from BUILDX_*.
  return reserved.test(name) && !harmless.has(name.toUpperCase()) && !/^BUILDX_/i.test(name);
}

/** An environment without the credentials of the job. */
export function withoutJobCredentials<T>(env: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isJobCredential(name)));
}

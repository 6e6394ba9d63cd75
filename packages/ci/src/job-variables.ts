/**
 * The prefixes of variables that the runner, AWS and Towpath set for a job. Their values are credentials of the job or lead
 * to them, so code that reads one of them can act as the job.
 */
const reserved =
  /^(?:ACTIONS_|AWS_|GITHUB_|INPUT_|STATE_|RUNNER_|BUILDX_|TOWPATH_|DOCKER_AUTH|CODEBUILD_|ECS_CONTAINER_|JENKINS_)/i;

/**
 * The variables of GitLab CI with credentials of the job (GitLab docs, "Predefined CI/CD variables reference"). The address
 * of the repository contains the token of the job. The prefix `CI_` is not reserved, because teams use it, too.
 */
const ofGitLab =
  /^(?:CI_(?:JOB_TOKEN|JOB_JWT\w*|BUILD_TOKEN|REGISTRY_PASSWORD|DEPLOY_PASSWORD|DEPENDENCY_PROXY_PASSWORD|REPOSITORY_URL|SERVER_TLS_KEY_FILE)|TRIGGER_PAYLOAD)$/i;

/**
 * The job variables that describe the run and hold no credential (GitHub docs, "Default environment
 * variables"; AWS SDKs, "AWS Region"). Bake and Compose files read these. A variable that is missing here is
 * not passed to programs.
 */
const harmless = new Set([
  ...['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_ACCOUNT_ID', 'AWS_PAGER', 'AWS_CA_BUNDLE'],
  ...['RUNNER_OS', 'RUNNER_ARCH', 'RUNNER_NAME', 'RUNNER_TEMP', 'RUNNER_TOOL_CACHE', 'RUNNER_WORKSPACE'],
  // When a job ends, the runner ends the processes that have this id (actions/runner, JobExtension.cs).
  'RUNNER_TRACKING_ID',
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
  ...['CODEBUILD_WEBHOOK_HEAD_REF', 'CODEBUILD_WEBHOOK_BASE_REF', 'CODEBUILD_WEBHOOK_PREV_COMMIT'],
  'CODEBUILD_PROJECT_UUID',
  ...['JENKINS_URL', 'JENKINS_HOME'],
]);

/**
 * Variables with credentials of a scanner, e.g. `SNYK_TOKEN` and `TRIVY_PASSWORD`. Of all programs, only this scanner
 * inherits them: a bake file could read them and pass them to a `RUN`. A configuration may name one as a secret.
 */
const scannerCredential = /^(?:SNYK|TRIVY|GRYPE)_.*(?:TOKEN|PASSWORD|SECRET|AUTH)/i;

/** Returns whether a variable holds a credential of a scanner that `build` runs. */
export function isScannerCredential(name: string): boolean {
  return scannerCredential.test(name);
}

/** Returns whether a variable belongs to the job, ignoring case. It cannot be the source of a build secret. */
export function isJobVariable(name: string): boolean {
  return reserved.test(name) || ofGitLab.test(name);
}

/**
 * Returns whether a variable of the job may hold a credential or lead to one. Only programs that need it get
 * it.
 */
export function isJobCredential(name: string): boolean {
  if (isScannerCredential(name)) return true;
  // buildx reads its own settings from BUILDX_*.
  return isJobVariable(name) && !harmless.has(name.toUpperCase()) && !/^BUILDX_/i.test(name);
}

/** Returns the environment without the credentials of the job. */
export function withoutJobCredentials<T>(env: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isJobCredential(name)));
}

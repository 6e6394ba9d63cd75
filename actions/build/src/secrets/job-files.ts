import { forAll } from '@towpath/concurrency';
import { CodedError } from '@towpath/errors';
import { realpath } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/** Variables with the path of a file in which the runner or the AWS SDK keeps data of the job. */
const fileVariables = [
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_CONFIG_FILE',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'GITHUB_EVENT_PATH',
];

/** Variables with the path of a file whose whole folder belongs to the runner (`_runner_file_commands`). */
const folderVariables = ['GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY'];

/**
 * Rejects a file with the job's credentials as a build secret, because any `RUN` step could send it elsewhere.
 * Resolves symbolic links before it compares paths.
 *
 * @param what the name of the secret in messages, e.g. `secret npm`
 * @param file an absolute path
 * @throws CodedError `config-invalid` if it contains credentials of the job
 */
export async function requireNoJobFile(
  { what, image, written }: { readonly what: string; readonly image: string; readonly written: string },
  file: string,
  env: Env,
): Promise<void> {
  const real = await realPath(file);
  const paths = await forAll(jobPaths(env), realPath);
  const isJobs = real.split(sep).some((part) => part.toLowerCase() === '.git');
  if (!isJobs && !paths.some((folder) => isInside(folder, real))) return;
  throw new CodedError(
    'config-invalid',
    `The ${what} of image ${image} may not come from ${written}: the file holds credentials of the job.`,
    { hint: 'Write the secret to a file of its own in a step before this one, and name that file.' },
  );
}

function jobPaths(env: Env): readonly string[] {
  const files = fileVariables.flatMap((name) => env[name] ?? []);
  const folders = folderVariables.flatMap((name) => (env[name] === undefined ? [] : dirname(env[name])));
  const home =
    env.HOME === undefined ? [] : ['.aws', '.docker', '.kube'].map((name) => join(env.HOME ?? '', name));
  return [
    ...files,
    ...folders,
    ...home,
    ...(env.DOCKER_CONFIG === undefined ? [] : [env.DOCKER_CONFIG]),
  ].filter((path) => path !== '');
}

/** Resolves symbolic links. Returns the path unchanged if the file does not exist. */
function realPath(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

function isInside(folder: string, file: string): boolean {
  const way = relative(folder, file);
  return way.split(sep)[0] !== '..';
}

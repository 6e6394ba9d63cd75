import { contextEntries, excludedBy, type Exclusion } from '@towpath/build-context';
import { argumentsOf, confidentialMounts, readDockerfile, sourcesAt } from '@towpath/dockerfile';
import { CodedError, nearest, type Problem } from '@towpath/errors';
import { parseEcrHost, parseReference } from '@towpath/reference';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, posix, relative } from 'node:path';
import type { PlannedBuild } from './build-plan.ts';

/** The maximum number of characters to search in the first line of an error. */
const maxLine = 4000;

/** The maximum number of files to check in a folder for an excluded one. */
const maxFiles = 2000;

/** Adds a hint to a build error, based on the files next to the Dockerfile: why a file or a secret is missing. */
export async function explainFailure(
  problem: Problem,
  planned: PlannedBuild,
  workspace: string,
): Promise<Problem> {
  if (problem.code !== 'build-failed') return problem;
  try {
    const hints = [problem.hint, await explanation(problem, planned, workspace)];
    return { ...problem, hint: hints.filter((hint) => hint !== undefined).join(' ') || undefined };
  } catch (error) {
    // Report the build error even if it cannot be explained.
    if (error instanceof CodedError || (error instanceof Error && 'errno' in error)) return problem;
    throw error;
  }
}

async function explanation(
  { message, position }: Problem,
  planned: PlannedBuild,
  workspace: string,
): Promise<string | undefined> {
  const [first = ''] = message.slice(0, maxLine).split('\n', 1);
  const text = await readFile(planned.rewritten?.from ?? planned.request.dockerfile, 'utf8');
  const base = unreadableBase(first);
  if (base !== undefined) return explainBase(base, message);
  const missing = missingPath(first);
  if (missing !== undefined) {
    const [from] = position?.line === undefined ? [] : sourcesAt(text, position.line);
    const isAbove = namesAbove(text, missing);
    return explainPath({ path: missing, from, isAbove }, planned, workspace);
  }
  return explainMounts(text, position?.line, first, planned);
}

/** Returns the path that BuildKit did not find, relative to the context or to the root of a stage. */
function missingPath(line: string): string | undefined {
  const { sum, list } =
    /: "\/(?<sum>[^"]*)":? not found|: lstat \/(?<list>[^:]*): no such file or directory/.exec(line)
      ?.groups ?? {};
  return sum ?? list;
}

/**
 * Whether a Dockerfile copies a path from above its context. BuildKit removes `../` from the path in its error, and does
 * not always name the step.
 */
function namesAbove(text: string, path: string): boolean {
  const paths = readDockerfile(text)
    .instructions.filter(({ keyword }) => keyword === 'COPY' || keyword === 'ADD')
    .flatMap(argumentsOf);
  return paths.some((one) => posix.normalize(one).startsWith('../') && posix.join('/', one) === `/${path}`);
}

interface MissingPath {
  readonly path: string;
  /** The stage, image or named context of `--from`. */
  readonly from: string | undefined;
  /** Whether the Dockerfile names it with `../`. */
  readonly isAbove: boolean;
}

async function explainPath(
  { path, from, isAbove }: MissingPath,
  { name, dockerfile, rewritten, request }: PlannedBuild,
  workspace: string,
): Promise<string | undefined> {
  const named = request.contexts.find(([name]) => name === from)?.[1];
  if (from !== undefined && (named === undefined || !isAbsolute(named)))
    return `${from} has no file /${path}. Check the path, and that an earlier step creates the file there.`;
  const folder = named ?? request.context;
  const shown = relative(workspace, folder) || '.';
  const called =
    named === undefined
      ? `The build context of image ${name} is the folder ${shown}`
      : `The context ${from} of image ${name} is the folder ${shown}`;
  const own = named === undefined ? (rewritten?.from ?? request.dockerfile) : undefined;
  const exclusion = await findExclusion(folder, path, own);
  if (exclusion !== undefined) return describeExclusion(exclusion, path, workspace);
  if (isAbove)
    return `${called}, and no path can leave it. In towpath.yaml, set context: . and dockerfile: ${dockerfile} for the image, and write all paths from there.`;
  if (shown !== '.' && path.startsWith(`${shown}/`))
    return `${called}, and paths are relative to it. Write ${path.slice(shown.length + 1)}.`;
  const near = nearest(basename(path), await namesIn(join(folder, dirname(path))));
  if (near !== undefined) return `Did you mean ${posix.join(dirname(path), near)}?`;
  return `${called}. It has no ${path}. If a command creates the file, run it in a stage of the Dockerfile, or in a step of the same job before this one. The reusable workflows have no such step.`;
}

/**
 * Returns the rule that excludes an existing path. For a folder that is excluded completely, returns the rule for its
 * first file.
 */
async function findExclusion(
  folder: string,
  path: string,
  dockerfile: string | undefined,
): Promise<(Exclusion & { readonly path: string }) | undefined> {
  const fixed = path.split('/').filter((part) => part !== '' && !/[*?[]/.test(part));
  const existing = path.includes('*') || path.includes('?') ? fixed.join('/') : path;
  const found = await lstat(join(folder, existing)).catch(() => undefined);
  if (found === undefined || existing === '') return undefined;
  const own = await excludedBy(folder, existing, dockerfile);
  if (own !== undefined) return { ...own, path: existing };
  if (!found.isDirectory()) return undefined;
  const sent = await contextEntries(folder, dockerfile);
  if (sent.some((entry) => entry.path.startsWith(`${existing}/`))) return undefined;
  const files = await readdir(join(folder, existing), { recursive: true });
  for (const file of files.slice(0, maxFiles)) {
    const below = posix.join(existing, file);
    const exclusion = await excludedBy(folder, below, dockerfile);
    if (exclusion !== undefined) return { ...exclusion, path: below };
  }
  return undefined;
}

function describeExclusion(
  { file, line, pattern, path }: Exclusion & { readonly path: string },
  wanted: string,
  workspace: string,
): string {
  const exception = pattern.startsWith('*') || path !== wanted ? path : pattern.replace(/^\//, '');
  return `${relative(workspace, file)}:${line} (${pattern}) excludes ${path} from the build context. Remove the line, or write !${exception} below it.`;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

/** Returns hints for the step's secrets and SSH agents that the image does not configure. */
function explainMounts(
  text: string,
  line: number | undefined,
  step: string,
  { name, request: { secrets, ssh } }: PlannedBuild,
): string | undefined {
  const mounts = confidentialMounts(text).filter((mount) =>
    line === undefined ? step.includes(`secret ${mount.id}: not found`) : mount.line === line,
  );
  const known = { secret: secrets.map(([id]) => id), ssh: ssh.map(({ id }) => id) };
  const missing = mounts.find(({ type, id }) => !known[type].includes(id));
  if (missing === undefined) return undefined;
  const { type, id } = missing;
  const near = nearest(id, known[type]);
  const start = `The step mounts the ${type === 'secret' ? 'secret' : 'SSH agent'} ${id}, which image ${name} does not configure.`;
  if (near !== undefined) return `${start} Did you mean id=${near}?`;
  if (type === 'ssh')
    return `${start} Add ssh: [${id === 'default' ? id : `${id}=path/to/key`}] to the image in towpath.yaml, and start an SSH agent, or write the key, in a step before this one. The reusable workflows have no such step.`;
  const variable = id.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_');
  return `${start} Add secrets: { ${id}: { env: ${variable} } } to the image in towpath.yaml, and give the value as ${variable}=… in the input secrets of build, or in the secret build-secrets of the reusable workflows.`;
}

/** Matches errors of Go's network packages, which BuildKit prints. */
const unreachable =
  /no such host|i\/o timeout|connection (?:refused|reset)|network is unreachable|TLS handshake|x509:/i;

/** Returns the base image that could not be read. */
function unreadableBase(line: string): string | undefined {
  const { context, address } =
    /\[context (?<context>[^\]]+)\] load metadata|\[internal\] load metadata for (?<address>\S+):/.exec(line)
      ?.groups ?? {};
  return context ?? address;
}

function explainBase(base: string, message: string): string | undefined {
  const reference = parseReference(base);
  if (reference === undefined) return undefined;
  const { host, repository } = reference;
  const isRefused = /\b40[13]\b|denied|unauthorized|authorization failed/i.test(message);
  if (!isRefused && unreachable.test(message))
    return `Check that the builder can reach ${host}: its DNS, its proxy, its certificates. Or pull the image through a cache in ECR: set pull-through in towpath.yaml.`;
  if (!isRefused)
    return /not found/i.test(message)
      ? `Check that ${base} exists: its registry, its repository ${repository} and its tag.`
      : undefined;
  if (parseEcrHost(host) === undefined)
    return `${base} is private, or does not exist. Log in to ${host} in a step before this one, for example with docker/login-action. The reusable workflows log in to ECR only: mirror the image in ECR, or configure pull-through in towpath.yaml.`;
  return `Check that ${base} exists, and grant ecr:BatchGetImage and ecr:GetDownloadUrlForLayer on ${repository} to the role of the build (build-role of pipeline.yml, read-role of pull-request-with-role.yml). If the repository is in another account, its repository policy must allow them too.`;
}

import { parseEcrHost, registryKey, type EcrHost } from '@towpath/reference';
import type { Aws } from './aws.ts';
import { call } from './call.ts';
import { readPages } from './pages.ts';

/** An image that a service or function runs. */
export interface RunningImage {
  readonly kind: 'ecs' | 'lambda';
  /** The cluster with its service or task family, or the name of the function. */
  readonly name: string;
  /** The registry as `account/region`. */
  readonly registry: string;
  readonly repository: string;
  /** The digest of the image, or of the child that was chosen from an index. */
  readonly digest: string;
  /** The number of containers. 1 for a function. */
  readonly running: number;
}

/** Amazon ECS, DescribeTasks: 100 tasks. */
const batchSize = 100;

/** The maximum number of clusters, and of pages for each list: 10,000 tasks or 5,000 functions. */
const maxPages = 100;

/**
 * Returns the images of all running tasks of Amazon ECS in a region. It reads what the containers run, not what their
 * task definitions ask for. The SDK is loaded on the first use.
 *
 * @param heed is called before each request, and may throw to end the reading
 * @throws CodedError `access-denied`, …
 */
export async function runningOnEcs(
  aws: Aws,
  { region }: EcrHost,
  heed: () => void,
): Promise<readonly RunningImage[]> {
  const { ECSClient, ListClustersCommand, ListTasksCommand, DescribeTasksCommand } =
    await import('@aws-sdk/client-ecs');
  const client = aws.client('ECS', region, (config) => new ECSClient(config));
  const counts = new Map<string, RunningImage>();
  const clusters: string[] = [];
  const listing = { operation: 'ecs:ListClusters', subject: region };
  const readClusters = (nextToken: string | undefined) => {
    heed();
    return call(listing, () => client.send(new ListClustersCommand({ nextToken })));
  };
  for await (const { clusterArns = [] } of readPages(listing, readClusters, maxPages))
    clusters.push(...clusterArns);
  for (const cluster of clusters) {
    const tasks = { operation: 'ecs:ListTasks', subject: cluster };
    const readTasks = (nextToken: string | undefined) => {
      heed();
      const command = new ListTasksCommand({
        cluster,
        nextToken,
        maxResults: batchSize,
        desiredStatus: 'RUNNING',
      });
      return call(tasks, () => client.send(command));
    };
    for await (const { taskArns = [] } of readPages(tasks, readTasks, maxPages)) {
      if (taskArns.length === 0) continue;
      heed();
      const found = await call({ operation: 'ecs:DescribeTasks', subject: cluster }, () =>
        client.send(new DescribeTasksCommand({ cluster, tasks: taskArns })),
      );
      for (const { containers = [], group = '' } of found.tasks ?? [])
        for (const { image = '', imageDigest, lastStatus } of containers)
          if (lastStatus === 'RUNNING')
            add(
              counts,
              'ecs',
              `${cluster.split('/').at(-1) ?? ''}/${group.replace(/^\w+:/, '')}`,
              image,
              imageDigest,
            );
    }
  }
  return [...counts.values()];
}

/**
 * Returns the images of all functions of AWS Lambda in a region that have one.
 *
 * @param heed as for {@link runningOnEcs}
 * @throws CodedError `access-denied`, …
 */
export async function runningOnLambda(
  aws: Aws,
  { region }: EcrHost,
  heed: () => void,
): Promise<readonly RunningImage[]> {
  const { LambdaClient, ListFunctionsCommand, GetFunctionCommand } = await import('@aws-sdk/client-lambda');
  const client = aws.client('LAMBDA', region, (config) => new LambdaClient(config));
  const names: string[] = [];
  const listing = { operation: 'lambda:ListFunctions', subject: region };
  const readFunctions = async (nextToken: string | undefined) => {
    heed();
    const page = await call(listing, () => client.send(new ListFunctionsCommand({ Marker: nextToken })));
    return { functions: page.Functions ?? [], nextToken: page.NextMarker };
  };
  for await (const { functions } of readPages(listing, readFunctions, maxPages))
    for (const { FunctionName: name, PackageType: type } of functions)
      if (type === 'Image' && name !== undefined) names.push(name);
  const counts = new Map<string, RunningImage>();
  for (const name of names) {
    heed();
    const { Code } = await call({ operation: 'lambda:GetFunction', subject: name }, () =>
      client.send(new GetFunctionCommand({ FunctionName: name })),
    );
    const [image = '', digest] = (Code?.ResolvedImageUri ?? '').split('@');
    add(counts, 'lambda', name, image, digest);
  }
  return [...counts.values()];
}

/** An image of a private registry of Amazon ECR, as a container or a function names it. */
export interface NamedImage {
  /** The registry as `account/region`. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** Reads the name of an image. Returns undefined if it is not in a private registry of Amazon ECR. */
export function parseNamedImage(image: string): NamedImage | undefined {
  const { host = '', repository, tag, digest } = form.exec(image.slice(0, maxReference))?.groups ?? {};
  const registry = parseEcrHost(host);
  if (registry === undefined || repository === undefined) return undefined;
  return {
    registry: registryKey(registry),
    repository,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  };
}

const form = /^(?<host>[^/]+)\/(?<repository>[^:@]+)(?::(?<tag>[^@/]*))?(?:@(?<digest>.*))?$/;

/** Counts a container if its image is from a private registry of Amazon ECR. */
function add(
  counts: Map<string, RunningImage>,
  kind: RunningImage['kind'],
  name: string,
  image: string,
  digest: string | undefined,
): void {
  const named = parseNamedImage(image);
  if (named === undefined || digest === undefined) return;
  const { registry, repository } = named;
  const key = JSON.stringify([name, repository, digest]);
  const running = (counts.get(key)?.running ?? 0) + 1;
  counts.set(key, { kind, name, registry, repository, digest, running });
}

/** In characters: a host, a name of 256 characters, a tag and a digest. */
const maxReference = 600;

import { forAll } from '@towpath/concurrency';
import { OutsideError } from '@towpath/errors';
import type { EcrHost } from '@towpath/reference';
import type { Aws } from './aws.ts';
import { call, failure } from './call.ts';
import { chunks } from './chunks.ts';
import { readPages } from './pages.ts';
import { parseNamedImage, type NamedImage } from './running.ts';

/** An image that a service, a task, a task definition or a function uses. It has a tag, a digest or both. */
export interface UsedImage extends NamedImage {
  /** Who uses it, for example `service main/web of ECS` or `function nightly:3 of Lambda`. */
  readonly user: string;
}

/** The maximum number of pages of each list. A list that is longer is an error, because an image could be missed. */
const maxPages = 100;

/** Amazon ECS: 100 tasks in DescribeTasks, 10 services in DescribeServices. */
const [tasksAtOnce, servicesAtOnce] = [100, 10];

/**
 * Returns the images that Amazon ECS uses in a region: those of running tasks, of the task definitions of services and
 * their deployments, and of the newest revision of each active task definition. The SDK is loaded on the first use.
 *
 * @throws CodedError `access-denied`, `outside-failed` if a list is too long, …
 */
export async function usedByEcs(aws: Aws, { region }: EcrHost): Promise<readonly UsedImage[]> {
  const sdk = await import('@aws-sdk/client-ecs');
  const client = aws.client('ECS', region, (config) => new sdk.ECSClient(config));
  const listing = { operation: 'ecs:ListClusters', subject: region };
  const clusters: string[] = [];
  const readClusters = (nextToken: string | undefined) =>
    call(listing, () => client.send(new sdk.ListClustersCommand({ nextToken })));
  for await (const { clusterArns = [] } of readPages(listing, readClusters, maxPages))
    clusters.push(...clusterArns);

  const tasksOf = async (cluster: string): Promise<readonly UsedImage[]> => {
    const what = { operation: 'ecs:ListTasks', subject: cluster };
    const read = (nextToken: string | undefined) =>
      call(what, () =>
        client.send(new sdk.ListTasksCommand({ cluster, nextToken, maxResults: tasksAtOnce })),
      );
    const arns: string[] = [];
    for await (const { taskArns = [] } of readPages(what, read, maxPages)) arns.push(...taskArns);
    const found = await forAll(chunks(arns, tasksAtOnce), async (tasks) => {
      const answer = await call({ operation: 'ecs:DescribeTasks', subject: cluster }, () =>
        client.send(new sdk.DescribeTasksCommand({ cluster, tasks })),
      );
      requireAll('ecs:DescribeTasks', cluster, answer.failures);
      return (answer.tasks ?? []).flatMap(({ containers = [], group = '' }) =>
        containers.flatMap(({ image = '', imageDigest }) =>
          used(`task of ${group.replace(/^\w+:/, '')} in ${lastPart(cluster)} of ECS`, image, imageDigest),
        ),
      );
    });
    return found.flat();
  };

  /** Returns the task definitions of all services, with the services that use each. */
  const definitionsOf = async (cluster: string): Promise<readonly (readonly [string, string])[]> => {
    const what = { operation: 'ecs:ListServices', subject: cluster };
    const read = (nextToken: string | undefined) =>
      call(what, () => client.send(new sdk.ListServicesCommand({ cluster, nextToken, maxResults: 100 })));
    const arns: string[] = [];
    for await (const { serviceArns = [] } of readPages(what, read, maxPages)) arns.push(...serviceArns);
    const found = await forAll(chunks(arns, servicesAtOnce), async (services) => {
      const answer = await call({ operation: 'ecs:DescribeServices', subject: cluster }, () =>
        client.send(new sdk.DescribeServicesCommand({ cluster, services })),
      );
      requireAll('ecs:DescribeServices', cluster, answer.failures);
      return (answer.services ?? []).flatMap(
        ({ serviceName = '', taskDefinition, deployments = [], taskSets = [] }) =>
          [taskDefinition, ...[...deployments, ...taskSets].map((one) => one.taskDefinition)].flatMap(
            (arn) =>
              arn === undefined ? [] : [[arn, `service ${lastPart(cluster)}/${serviceName} of ECS`] as const],
          ),
      );
    });
    return found.flat();
  };

  const readFamilies = async (): Promise<readonly (readonly [string, string])[]> => {
    const what = { operation: 'ecs:ListTaskDefinitionFamilies', subject: region };
    const read = (nextToken: string | undefined) =>
      call(what, () =>
        client.send(
          new sdk.ListTaskDefinitionFamiliesCommand({ status: 'ACTIVE', nextToken, maxResults: 100 }),
        ),
      );
    const names: string[] = [];
    for await (const { families = [] } of readPages(what, read, maxPages)) names.push(...families);
    return names.map((name) => [name, `task definition ${name} of ECS`]);
  };

  const describe = async ([taskDefinition, user]: readonly [string, string]): Promise<
    readonly UsedImage[]
  > => {
    const answer = await call({ operation: 'ecs:DescribeTaskDefinition', subject: taskDefinition }, () =>
      client.send(new sdk.DescribeTaskDefinitionCommand({ taskDefinition })),
    );
    return (answer.taskDefinition?.containerDefinitions ?? []).flatMap(({ image = '' }) => used(user, image));
  };

  const tasks = await forAll(clusters, tasksOf);
  const definitions = new Map([...(await readFamilies()), ...(await forAll(clusters, definitionsOf)).flat()]);
  return [...tasks.flat(), ...(await forAll(definitions, describe)).flat()];
}

/**
 * Returns the images of all versions of all functions of AWS Lambda in a region. The SDK is loaded on the first use.
 *
 * @throws CodedError `access-denied`, `outside-failed` if a list is too long, …
 */
export async function usedByLambda(aws: Aws, { region }: EcrHost): Promise<readonly UsedImage[]> {
  const { LambdaClient, ListFunctionsCommand, GetFunctionCommand } = await import('@aws-sdk/client-lambda');
  const client = aws.client('LAMBDA', region, (config) => new LambdaClient(config));
  const listing = { operation: 'lambda:ListFunctions', subject: region };
  const readFunctions = async (nextToken: string | undefined) => {
    const command = new ListFunctionsCommand({ FunctionVersion: 'ALL', Marker: nextToken });
    const page = await call(listing, () => client.send(command));
    // Lambda ends a list with an empty marker, too.
    return {
      functions: page.Functions ?? [],
      nextToken: page.NextMarker === '' ? undefined : page.NextMarker,
    };
  };
  const versions: { readonly name: string; readonly version: string }[] = [];
  for await (const { functions } of readPages(listing, readFunctions, maxPages))
    for (const { FunctionName: name, Version: version = '$LATEST', PackageType: type } of functions)
      if (type === 'Image' && name !== undefined) versions.push({ name, version });
  const found = await forAll(versions, async ({ name, version }): Promise<readonly UsedImage[]> => {
    try {
      const command = new GetFunctionCommand({ FunctionName: name, Qualifier: version });
      const { Code: { ImageUri: image = '', ResolvedImageUri: resolved = '' } = {} } =
        await client.send(command);
      const user = `function ${version === '$LATEST' ? name : `${name}:${version}`} of Lambda`;
      return [...used(user, resolved), ...used(user, image)];
    } catch (error) {
      // The function was deleted after it was listed.
      if (error instanceof Error && error.name === 'ResourceNotFoundException') return [];
      throw failure({ operation: 'lambda:GetFunction', subject: name }, error);
    }
  });
  return found.flat();
}

/**
 * Reads the image of a container. If it has a digest, a tag makes no difference: the tag may have moved.
 *
 * @param digest what the container really runs, if that is known
 */
function used(user: string, image: string, digest?: string): readonly UsedImage[] {
  const named = parseNamedImage(image);
  if (named === undefined) return [];
  const { registry, repository } = named;
  const known = digest ?? named.digest;
  return known === undefined
    ? [{ user, registry, repository, tag: named.tag ?? 'latest' }]
    : [{ user, registry, repository, digest: known }];
}

function lastPart(arn: string): string {
  return arn.split('/').at(-1) ?? arn;
}

/** A task or a service that ended after it was listed is missing. Any other failure leaves an image unknown. */
function requireAll(
  operation: string,
  subject: string,
  failures: readonly { readonly arn?: string; readonly reason?: string }[] = [],
): void {
  const other = failures.find(({ reason }) => reason !== 'MISSING');
  if (other !== undefined)
    throw new OutsideError(
      'outside-failed',
      `${operation} on ${subject} could not describe ${other.arn ?? 'everything'}: ${other.reason ?? 'no reason'}.`,
      { operation, hint: 'Run the step again.' },
    );
}

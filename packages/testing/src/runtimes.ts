import { afterEach } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** What the stand-in runs. */
export interface Running {
  /** The image and its digest by the name of the service, in one cluster. */
  readonly services?: Readonly<Record<string, readonly [image: string, digest: string]>>;
  /** The image in the task definition by the name of the service. No task of the service runs. */
  readonly idle?: Readonly<Record<string, string>>;
  /** The image by the family of the task definition. No service uses it. */
  readonly definitions?: Readonly<Record<string, string>>;
  /** The resolved image by the name of the function. The name of a published version is `function:3`. */
  readonly functions?: Readonly<Record<string, string>>;
  /** The calls that it denies, e.g. `ecs:ListTasks`. */
  readonly denied?: readonly string[];
}

const running: Server[] = [];

afterEach(() => {
  for (const server of running.splice(0)) server.close();
});

/**
 * Starts a stand-in for the APIs of Amazon ECS and AWS Lambda on loopback. It implements the calls that Towpath
 * sends, in the form of the API references, and nothing else: it is not an emulator.
 *
 * @returns the variables with its endpoints
 */
export async function standInRuntimes(what: Running): Promise<Readonly<Record<string, string>>> {
  const server = createServer((request, response) => {
    void answer(request, what).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    });
  }).listen(0, '127.0.0.1');
  running.push(server);
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { AWS_ENDPOINT_URL_ECS: url, AWS_ENDPOINT_URL_LAMBDA: url };
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

/** The members that requests have. */
interface Asked {
  readonly nextToken?: string;
  readonly tasks?: readonly string[];
  readonly services?: readonly string[];
  readonly taskDefinition?: string;
}

async function answer(request: IncomingMessage, what: Running): Promise<Answer> {
  const target = request.headers['x-amz-target'];
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
  const [, name = ''] = /^\/2015-03-31\/functions\/?([^/]*)/.exec(pathname) ?? [];
  const operation =
    typeof target === 'string'
      ? `ecs:${target.split('.')[1] ?? ''}`
      : `lambda:${name === '' ? 'ListFunctions' : 'GetFunction'}`;
  if (what.denied?.includes(operation) === true)
    return {
      status: 400,
      body: { __type: 'AccessDeniedException', message: `not authorized to perform: ${operation}` },
    };
  if (operation.startsWith('lambda:'))
    return { status: 200, body: lambda(decodeURIComponent(name), searchParams, what) };
  const asked = (await json(request)) as Asked;
  const isFirst = operation.startsWith('ecs:List') && asked.nextToken === undefined;
  return { status: 200, body: isFirst ? { nextToken: more } : ecs(operation, asked, what) };
}

/** The token of the second page. The first page of every list is empty, as AWS permits. */
const more = 'more';

const cluster = 'arn:aws:ecs:us-east-1:111122223333:cluster/main';

function ecs(
  operation: string,
  { tasks = [], services: asked = [], taskDefinition = '' }: Asked,
  { services = {}, idle = {}, definitions = {} }: Running,
): object {
  const nameOf = (arn: string) => /([^/:]*)(?::\d+)?$/.exec(arn)?.[1] ?? '';
  switch (operation) {
    case 'ecs:ListClusters':
      return { clusterArns: [cluster] };
    case 'ecs:ListTasks':
      return { taskArns: Object.keys(services).map((service) => `arn:task/${service}`) };
    case 'ecs:DescribeTasks':
      return {
        tasks: tasks.map((task) => {
          const [image, imageDigest] = services[nameOf(task)] ?? [];
          return {
            group: `service:${nameOf(task)}`,
            containers: [{ image, imageDigest, lastStatus: 'RUNNING' }],
          };
        }),
      };
    case 'ecs:ListServices':
      return { serviceArns: Object.keys({ ...services, ...idle }).map((name) => `arn:service/main/${name}`) };
    case 'ecs:DescribeServices':
      return {
        services: asked.map((arn) => ({
          serviceName: nameOf(arn),
          taskDefinition: `arn:task-definition/${nameOf(arn)}:1`,
        })),
      };
    case 'ecs:ListTaskDefinitionFamilies':
      return { families: Object.keys(definitions) };
    default: {
      const name = nameOf(taskDefinition);
      const image = definitions[name] ?? idle[name] ?? services[name]?.[0];
      return { taskDefinition: { containerDefinitions: [{ image }] } };
    }
  }
}

function lambda(name: string, query: URLSearchParams, { functions = {} }: Running): object {
  const version = query.get('Qualifier') ?? '$LATEST';
  if (name !== '')
    return { Code: { ResolvedImageUri: functions[version === '$LATEST' ? name : `${name}:${version}`] } };
  if (query.get('Marker') === null) return { Functions: [], NextMarker: more };
  const all = Object.keys(functions).filter(
    (one) => !one.includes(':') || query.get('FunctionVersion') === 'ALL',
  );
  return {
    Functions: all.map((one) => {
      const [FunctionName, Version = '$LATEST'] = one.split(':');
      return { FunctionName, Version, PackageType: 'Image' };
    }),
  };
}

import { afterEach } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** What the stand-in runs. */
export interface Running {
  /** The image and its digest by the name of the service, in one cluster. */
  readonly services?: Readonly<Record<string, readonly [image: string, digest: string]>>;
  /** The resolved image by the name of the function. */
  readonly functions?: Readonly<Record<string, string>>;
  /** The calls that it denies, e.g. `ecs:ListTasks`. */
  readonly denied?: readonly string[];
}

const running: Server[] = [];

afterEach(() => {
  for (const server of running.splice(0)) server.close();
});

/**
 * Starts a stand-in for the APIs of Amazon ECS and AWS Lambda on loopback. It implements the calls of the board in the
 * form of the API references, and nothing else: it is not an emulator.
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

async function answer(
  request: IncomingMessage,
  { services = {}, functions = {}, denied = [] }: Running,
): Promise<Answer> {
  const target = request.headers['x-amz-target'];
  const [, name] = /^\/2015-03-31\/functions\/?([^/?]*)/.exec(request.url ?? '') ?? [];
  const operation =
    typeof target === 'string'
      ? `ecs:${target.split('.')[1] ?? ''}`
      : `lambda:${name === '' ? 'ListFunctions' : 'GetFunction'}`;
  if (denied.includes(operation))
    return {
      status: 400,
      body: { __type: 'AccessDeniedException', message: `not authorized to perform: ${operation}` },
    };
  const asked =
    request.method === 'POST' ? ((await json(request)) as { readonly tasks?: readonly string[] }) : {};
  return { status: 200, body: bodyOf(operation, name ?? '', asked.tasks ?? [], { services, functions }) };
}

const cluster = 'arn:aws:ecs:us-east-1:111122223333:cluster/main';

function bodyOf(
  operation: string,
  name: string,
  tasks: readonly string[],
  what: Required<Pick<Running, 'services' | 'functions'>>,
): object {
  switch (operation) {
    case 'ecs:ListClusters':
      return { clusterArns: [cluster] };
    case 'ecs:ListTasks':
      return { taskArns: Object.keys(what.services).map((service) => `arn:task/${service}`) };
    case 'ecs:DescribeTasks':
      return {
        tasks: tasks.map((task) => {
          const service = task.split('/').at(-1) ?? '';
          const [image, imageDigest] = what.services[service] ?? [];
          return { group: `service:${service}`, containers: [{ image, imageDigest, lastStatus: 'RUNNING' }] };
        }),
      };
    case 'lambda:ListFunctions':
      return {
        Functions: Object.keys(what.functions).map((FunctionName) => ({
          FunctionName,
          PackageType: 'Image',
        })),
      };
    default:
      return { Code: { ResolvedImageUri: what.functions[decodeURIComponent(name)] } };
  }
}

import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

/** A stand-in for Amazon ECS with one service. Its new deployment is complete when it is first described. */
export interface Ecs extends AsyncDisposable {
  /** PATH with an AWS CLI that calls the stand-in. */
  readonly path: string;
  /** The ARN of the task definition that is registered. */
  readonly arn: string;
  /** The requests, by the name of the operation. */
  readonly requests: ReadonlyMap<string, unknown>;
}

/** @param folder for the program */
export async function startEcs(folder: string): Promise<Ecs> {
  const requests = new Map<string, unknown>();
  const arn = 'arn:aws:ecs:us-east-1:444455556666:task-definition/payroll:8';
  const old = { id: 'ecs-svc/1', status: 'ACTIVE', rolloutState: 'COMPLETED', taskDefinition: 'old' };
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const operation = String(request.headers['x-amz-target']).replace(/.*\./, '');
      requests.set(operation, JSON.parse(body));
      const rolloutState = operation === 'UpdateService' ? 'IN_PROGRESS' : 'COMPLETED';
      const deployed = { id: 'ecs-svc/2', status: 'PRIMARY', rolloutState, taskDefinition: arn };
      const service = { deployments: [old, deployed] };
      const result = { taskDefinition: { taskDefinitionArn: arn }, service, services: [service] };
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(result));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { stdout } = await promisify(execFile)('sh', ['-c', 'command -v aws']);
  await mkdir(folder, { recursive: true });
  // Older versions of the CLI read the endpoint from no variable.
  const program = `#!/bin/sh\nexec ${stdout.trim()} --endpoint-url ${endpoint} "$@"\n`;
  await writeFile(join(folder, 'aws'), program);
  await chmod(join(folder, 'aws'), 0o755);
  return {
    path: `${folder}:${process.env.PATH ?? ''}`,
    arn,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

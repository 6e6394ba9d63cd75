import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** The folder of moto's Python modules; empty if it is not set up. */
export const motoFolder = process.env.TOWPATH_MOTO ?? '';

/** A server of moto: its state is in memory. */
export interface Moto {
  /** The variables that send the calls of ECS and Lambda to the server. */
  readonly env: Readonly<Record<string, string>>;
  /** Calls Amazon ECS. */
  readonly ecs: (operation: string, input: object) => Promise<unknown>;
  /** Creates a function of AWS Lambda. */
  readonly createFunction: (input: object) => Promise<unknown>;
  /** Deletes everything, and creates the role that functions need. */
  readonly reset: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** The role of functions: moto requires that it exists. */
export const functionRole = 'arn:aws:iam::123456789012:role/functions';

/**
 * Starts moto's server on a free port.
 *
 * @throws Error if the server ends before it listens
 */
export async function startMoto(): Promise<Moto> {
  const program = 'from moto.server import main; main(["-H", "127.0.0.1", "-p", "0"])';
  const server = spawn('python3', ['-S', '-c', program], {
    env: { ...process.env, PYTHONPATH: motoFolder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const url = await addressOf(server);
  const post = async (
    service: string,
    path: string,
    body = '',
    headers: Readonly<Record<string, string>> = {},
  ): Promise<unknown> => {
    const authorization = scopeOf(service);
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      body,
      headers: { authorization, ...headers },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`moto: ${service} ${path}: ${response.status} ${text.slice(0, 300)}`);
    return text.startsWith('{') ? (JSON.parse(text) as unknown) : text;
  };
  return {
    env: { AWS_ENDPOINT_URL_ECS: url, AWS_ENDPOINT_URL_LAMBDA: url },
    ecs: (operation, input) =>
      post('ecs', '/', JSON.stringify(input), {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AmazonEC2ContainerServiceV20141113.${operation}`,
      }),
    createFunction: (input) => post('lambda', '/2015-03-31/functions', JSON.stringify(input)),
    reset: async () => {
      await post('moto', '/moto-api/reset');
      const role = { RoleName: 'functions', AssumeRolePolicyDocument: trust };
      const form = new URLSearchParams({ Action: 'CreateRole', Version: '2010-05-08', ...role });
      await post('iam', '/', form.toString(), { 'content-type': 'application/x-www-form-urlencoded' });
    },
    stop: async () => {
      server.kill();
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
    },
  };
}

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }],
});

/** Moto reads the service and the region from the credential scope, and verifies no signature. */
function scopeOf(service: string): string {
  return `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=none`;
}

/** Returns the URL that the server prints when it listens. */
async function addressOf({ stderr }: ChildProcess): Promise<string> {
  if (stderr === null) throw new Error('moto has no log');
  const lines = createInterface({ input: stderr });
  const seen: string[] = [];
  for await (const line of lines) {
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
    if (url !== undefined) {
      // The log is read on, so that the pipe does not fill.
      lines.on('line', () => undefined);
      stderr.resume();
      return url;
    }
    seen.push(line);
  }
  throw new Error(`moto did not start:\n${seen.join('\n')}`);
}

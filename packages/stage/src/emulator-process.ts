import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The log entry of a request; see the emulator's README. */
export interface LoggedRequest {
  /** ISO 8601. */
  readonly at: string;
  readonly plane: 'api' | 'registry' | 'blobs' | 'admin';
  readonly account?: string;
  readonly operation: string;
  readonly repository?: string;
  readonly status: number;
  /** The name of the exception. */
  readonly error?: string;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durationMs: number;
}

/** An Amazon ECR emulator in a separate local process. */
export interface EmulatorProcess {
  /** The URL of the AWS API. */
  readonly api: string;
  readonly registries: readonly { readonly account: string; readonly region: string; readonly url: string }[];
  /** The URL of Amazon ECR Public, and the aliases of accounts there. */
  readonly ecrPublic: { readonly url: string; readonly aliases: Readonly<Record<string, string>> };
  readonly pid: number;
  requests(): Promise<readonly LoggedRequest[]>;
  clearRequests(): Promise<void>;
  /** Sets the findings of the scanner, by digest, `repository:tag` or tag. */
  setFindings(findings: object): Promise<void>;
  /** Adds a fault; see the emulator's README. */
  addFault(fault: object): Promise<void>;
  /** Sets the policies of roles by ARN: their permissions, and who can assume them. */
  setRoles(
    roles: Readonly<Record<string, { readonly policy?: object; readonly trust?: object }>>,
  ): Promise<void>;
  close(): Promise<void>;
}

const program = fileURLToPath(new URL('../../../packages/ecr-emulator/src/main.ts', import.meta.url));

/**
 * Starts the emulator and waits until it is ready.
 *
 * @throws Error with its output if it exits before it is ready
 */
export async function startEmulator(options: {
  /** The data folder. Default: a temporary folder, which the emulator removes at its end. */
  readonly data?: string;
  readonly accounts: readonly string[];
  readonly port?: number;
  /** Whether the default quotas of an AWS account apply. */
  readonly quotas?: boolean;
}): Promise<EmulatorProcess> {
  const { data, accounts, port, quotas = false } = options;
  const args = [
    ...(data === undefined ? [] : ['--data', data]),
    ...accounts.flatMap((account) => ['--account', account]),
    ...(quotas ? ['--quotas'] : []),
  ];
  const child = spawn(
    process.execPath,
    [program, ...args, ...(port === undefined ? [] : ['--port', String(port)])],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );
  const ready = new Promise<string>((resolve) =>
    createInterface({ input: child.stdout }).once('line', resolve),
  );
  const line = await Promise.race([ready, ended]);
  if (line === undefined) throw new Error(`the emulator did not start: ${said.join('\n')}`);
  const { api, registries, ecrPublic, pid } = JSON.parse(line) as Pick<
    EmulatorProcess,
    'api' | 'registries' | 'ecrPublic' | 'pid'
  >;

  const admin = async (method: string, path: string, body?: object) => {
    const response = await fetch(new URL(`/_emulator/${path}`, api), {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!response.ok)
      throw new Error(
        `the emulator answered ${method} ${path} with ${response.status}: ${await response.text()}`,
      );
    return response;
  };
  return {
    api,
    registries,
    ecrPublic,
    pid,
    requests: async () => (await (await admin('GET', 'requests')).json()) as LoggedRequest[],
    clearRequests: async () => {
      await admin('DELETE', 'requests');
    },
    setFindings: async (findings) => {
      await admin('PUT', 'findings', findings);
    },
    addFault: async (fault) => {
      await admin('POST', 'faults', fault);
    },
    setRoles: async (roles) => {
      await admin('PUT', 'roles', roles);
    },
    close: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

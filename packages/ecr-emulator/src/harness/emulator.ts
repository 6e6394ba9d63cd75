import { ECRClient } from '@aws-sdk/client-ecr';
import { ECRPUBLICClient } from '@aws-sdk/client-ecr-public';
import { Inspector2Client } from '@aws-sdk/client-inspector2';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { afterEach, expect } from '@jest/globals';
import { startEmulator, type Emulator, type EmulatorOptions } from '../emulator.ts';

/** The accounts of the tests. */
export const ours = '111122223333';
export const theirs = '444455556666';

const running: { readonly emulator: Emulator; readonly defects: unknown[] }[] = [];

/** Starts an emulator that is closed after the test. The test fails if the emulator reported a bug. */
export async function start(options: EmulatorOptions = {}): Promise<Emulator> {
  const defects: unknown[] = [];
  const emulator = await startEmulator({
    accounts: [ours, theirs],
    onDefect: (error) => defects.push(error),
    ...options,
  });
  running.push({ emulator, defects });
  return emulator;
}

afterEach(async () => {
  const ended = running.splice(0);
  await Promise.all(ended.map(({ emulator }) => emulator.close()));
  expect(ended.flatMap(({ defects }) => defects)).toEqual([]);
});

/** The account and the region of a client. */
export interface Identity {
  readonly account?: string;
  readonly region?: string;
}

function clientOptions(
  { api }: Emulator,
  { account = ours, region = 'us-east-1' }: Identity,
  maxAttempts: number,
): {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  maxAttempts: number;
} {
  return {
    endpoint: api,
    region,
    credentials: { accessKeyId: account, secretAccessKey: 'not checked' },
    maxAttempts,
  };
}

export function ecrClient(emulator: Emulator, identity: Identity = {}, maxAttempts = 1): ECRClient {
  return new ECRClient(clientOptions(emulator, identity, maxAttempts));
}

export function publicClient(emulator: Emulator, identity: Identity = {}): ECRPUBLICClient {
  return new ECRPUBLICClient(clientOptions(emulator, identity, 1));
}

export function inspectorClient(emulator: Emulator, identity: Identity = {}): Inspector2Client {
  return new Inspector2Client(clientOptions(emulator, identity, 1));
}

export function ssmClient(emulator: Emulator, identity: Identity = {}): SSMClient {
  return new SSMClient(clientOptions(emulator, identity, 1));
}

export function stsClient(emulator: Emulator, identity: Identity = {}): STSClient {
  return new STSClient(clientOptions(emulator, identity, 1));
}

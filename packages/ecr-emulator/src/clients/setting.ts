import {
  GetAuthorizationTokenCommand,
  CreateRepositoryCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import type { Emulator } from '../emulator.ts';
import { ecrClient, ours, start, theirs } from '../harness/emulator.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { writeLayout, type Layout } from './layout.ts';

/** The setup for client tests: two accounts with a repository each, and an image on disk. */
export interface Setting {
  readonly emulator: Emulator;
  /** The registry's `host:port`. */
  readonly host: string;
  readonly otherHost: string;
  readonly password: string;
  readonly layout: Layout;
  /** A folder for files of the client. */
  readonly folder: string;
}

/** Creates a repository `team/app` in each account. Our account may write to the other account's. */
export async function setting(): Promise<Setting> {
  const emulator = await start();
  for (const account of [ours, theirs]) {
    await ecrClient(emulator, { account }).send(new CreateRepositoryCommand({ repositoryName: 'team/app' }));
  }
  const Statement = [{ Effect: 'Allow', Principal: { AWS: ours }, Action: 'ecr:*' }];
  await ecrClient(emulator, { account: theirs }).send(
    new SetRepositoryPolicyCommand({ repositoryName: 'team/app', policyText: JSON.stringify({ Statement }) }),
  );
  const { authorizationData } = await ecrClient(emulator).send(new GetAuthorizationTokenCommand());
  const token = Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64').toString();
  const folder = await temporaryFolder();
  return {
    emulator,
    host: new URL(emulator.registryUrl(ours, 'us-east-1')).host,
    otherHost: new URL(emulator.registryUrl(theirs, 'us-east-1')).host,
    password: token.slice('AWS:'.length),
    layout: writeLayout(`${folder}/layout`, 'hello'),
    folder,
  };
}

/** Returns the operations of all requests so far. */
export function operations({ emulator }: Setting): string[] {
  return emulator.requests.map(({ operation }) => operation);
}

import {
  GetAuthorizationTokenCommand,
  CreateRepositoryCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import type { Emulator } from '../emulator.ts';
import { ecrClient, ours, start, theirs } from '../harness/emulator.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { writeLayout, type Layout } from './layout.ts';

/** What the tests of every client start from: two accounts, a repository in each, an image on the disk. */
export interface Setting {
  readonly emulator: Emulator;
  /** `host:port` of a registry, as clients write it before a repository. */
  readonly host: string;
  readonly otherHost: string;
  readonly password: string;
  readonly layout: Layout;
  /** Where a client may keep what it likes. */
  readonly folder: string;
}

/** A repository `team/app` in each account; the other account's may be written by ours. */
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

/** The operations that were asked for, each as often as it was. */
export function operations({ emulator }: Setting): string[] {
  return emulator.requests.map(({ operation }) => operation);
}

import {
  ListPullTimeUpdateExclusionsCommand,
  RegisterPullTimeUpdateExclusionCommand,
} from '@aws-sdk/client-ecr';
import type { PrivateEcr } from './aws.ts';
import { call, failure } from './call.ts';
import { readPages } from './pages.ts';

/** Returns the principals whose pulls do not count as a use of an image. @throws CodedError `access-denied`, … */
export async function pullTimeExclusions({ client, host }: PrivateEcr): Promise<readonly string[]> {
  const what = { operation: 'ecr:ListPullTimeUpdateExclusions', subject: host };
  const pages = readPages(what, (nextToken) =>
    call(what, () => client.send(new ListPullTimeUpdateExclusionsCommand({ nextToken }))),
  );
  const found: string[] = [];
  for await (const page of pages) found.push(...(page.pullTimeUpdateExclusions ?? []));
  return found;
}

/** Adds a principal. Succeeds if the registry has it. @throws CodedError `access-denied`, … */
export async function addPullTimeExclusion(
  { client, host }: PrivateEcr,
  principalArn: string,
): Promise<void> {
  try {
    await client.send(new RegisterPullTimeUpdateExclusionCommand({ principalArn }));
  } catch (error) {
    if (error instanceof Error && error.name === 'ExclusionAlreadyExistsException') return;
    throw failure({ operation: 'ecr:RegisterPullTimeUpdateExclusion', subject: host }, error);
  }
}

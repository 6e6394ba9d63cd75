import { scenario, type Ending, type ImageDraft, type Play, type Scenario } from '@towpath/testing';
import { publish } from '../action.ts';

export const backend: ImageDraft = { name: 'backend' };
export const web: ImageDraft = { name: 'web', platforms: ['linux/amd64', 'linux/arm64'] };

export const config = `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images:
  backend: {}
  web: { platforms: [linux/amd64, linux/arm64] }
`;

/** Creates a team with two repositories and no ledger. */
export async function team(): Promise<Scenario> {
  const scene = await scenario();
  for (const name of ['payroll/backend', 'payroll/web']) await scene.shared.createRepository(name);
  return scene;
}

/** Creates a team with two repositories and a ledger. */
export async function teamWithLedger(): Promise<Scenario> {
  const scene = await team();
  await scene.shared.createRepository('payroll/towpath');
  return scene;
}

export function publishing(scene: Scenario, play: Partial<Play> = {}): Promise<Ending> {
  const { given, ...rest } = play;
  const files = { 'towpath.yaml': config };
  return scene.play(publish, {
    files,
    imageSet: [backend, web],
    ...rest,
    given: { version: '1.0.0', ...given },
  });
}

/** Returns the successful write requests in order. */
export function writes({ requests }: Ending): string[] {
  return requests
    .filter(({ operation, status }) => /PutImage|PUT (upload|manifest)/.test(operation) && status < 300)
    .map(({ operation, repository }) => `${operation} ${repository ?? ''}`);
}

/** Returns the text of all annotations. */
export function messagesOf({ annotations }: Ending): string {
  return annotations.map(({ message }) => message).join('\n');
}

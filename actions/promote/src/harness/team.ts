import type { EmulatorOptions } from '@towpath/ecr-emulator';
import { readHistory, type EnvironmentEntry, type History } from '@towpath/ledger';
import { parseEcrHost } from '@towpath/reference';
import type { Account } from '@towpath/stage';
import { scenario, sessionOf, type Ending, type Play, type Scenario } from '@towpath/testing';
import { promote } from '../action.ts';

export const names = ['backend', 'web'] as const;
const platforms = ['linux/amd64', 'linux/arm64'];

/** One account and three environments. The tag `{environment}` moves, so the image repositories are mutable. */
export const config = `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images:
  backend: {}
  web: { platforms: [linux/amd64, linux/arm64] }
environments:
  dev: { from: build, tags: ['{environment}-{version}', '{environment}'] }
  test: { from: dev, tags: ['{environment}-{version}', '{environment}'] }
  prod: { from: test, tags: ['{environment}-{version}', '{environment}'] }
`;

/** Creates a team with a ledger in the shared account. */
export async function team(options: EmulatorOptions = {}): Promise<Scenario> {
  const scene = await scenario(options);
  for (const name of names) await scene.shared.createRepository(`payroll/${name}`, 'MUTABLE');
  await scene.shared.createRepository('payroll/towpath');
  return scene;
}

/** Gives the production account its repositories, and a ledger. */
export async function withProduction(scene: Scenario, ledger = true): Promise<Scenario> {
  const all = [...names.map((name) => `payroll/${name}`), ...(ledger ? ['payroll/towpath'] : [])];
  for (const name of all) {
    await scene.prod.createRepository(name, name.endsWith('towpath') ? 'IMMUTABLE' : 'MUTABLE');
    await scene.prod.admit(scene.shared, name);
  }
  return scene;
}

/** Publishes versions with a release in the ledger. Each version has its own content. */
export async function publish(scene: Scenario, ...versions: readonly string[]): Promise<void> {
  for (const version of versions) await publishAt(scene, version);
}

/** Publishes a version at a time, as ISO 8601. */
export function publishAt(scene: Scenario, version: string, published?: string): Promise<void> {
  const images = {
    'payroll/backend': { name: 'backend', content: `backend ${version}` },
    'payroll/web': { name: 'web', content: `web ${version}`, platforms },
  };
  return scene.release(version, 'payroll/towpath', images, published);
}

export function promoting(
  scene: Scenario,
  target: string,
  given: Record<string, string>,
  play: Partial<Play> = {},
): Promise<Ending> {
  return scene.play(promote, {
    files: { 'towpath.yaml': config },
    ...play,
    given: { 'target-environment': target, ...given },
  });
}

/** Promotes a version through environments. */
export async function promoteThrough(
  scene: Scenario,
  version: string,
  ...targets: readonly string[]
): Promise<void> {
  for (const target of targets) {
    const { codes } = await promoting(scene, target, { version });
    if (codes.length > 0) throw new Error(`${version} to ${target}: ${codes.join()}`);
  }
}

/** Returns the environment variables of a run on GitHub. */
export function run(id: number): Record<string, string> {
  return {
    GITHUB_ACTIONS: 'true',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'acme/payroll',
    GITHUB_RUN_ID: String(id),
    GITHUB_SHA: 'c'.repeat(40),
    GITHUB_REF: 'refs/heads/main',
    GITHUB_ACTOR: 'ada',
  };
}

/** Returns the entries of an environment, the newest first. */
export async function entries(
  scene: Scenario,
  environment: string,
  account: Account = scene.shared,
): Promise<History> {
  const registry = parseEcrHost(account.host);
  if (registry === undefined) throw new Error('the account has a registry');
  const location = { registry, repository: 'payroll/towpath' };
  return (await readHistory(sessionOf(scene, account), location, environment, { last: 100 })) ?? [];
}

/** Returns an entry in one line: its number, kind, and the version of each image. */
export function brief({ number, kind, images, restores }: EnvironmentEntry): string {
  const list = images.map(({ name, version }) => `${name} ${version}`).join(', ');
  return `${number} ${kind}${restores === undefined ? '' : ` of ${restores}`}: ${list}`;
}

/** Returns the messages of all problems. */
export function problems({ outputs }: Ending): readonly string[] {
  const list = JSON.parse(outputs.problems ?? '[]') as { message: string; hint?: string }[];
  return list.map(({ message, hint = '' }) => `${message} ${hint}`);
}

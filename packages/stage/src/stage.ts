import { parseEndpoints } from '@towpath/oci';
import { Job } from '@towpath/runner';
import { Account } from './account.ts';
import { pushBaseImages } from './base-images.ts';
import type { Checkout } from './checkout.ts';
import { startEmulator, type EmulatorProcess } from './emulator-process.ts';

/** The names in `examples/exemplar`. */
export const team = {
  /** The account for builds and for the environments dev and test. */
  shared: '111122223333',
  prod: '444455556666',
  prefix: 'payroll',
  parameter: '/account/ecr/main/registry',
  images: ['reconcile', 'web'],
} as const;

/** An emulator with two accounts that contain what `examples/exemplar` needs. */
export interface Stage {
  readonly emulator: EmulatorProcess;
  readonly shared: Account;
  readonly prod: Account;
  /** The URLs of the APIs and registries. */
  readonly addresses: Readonly<Record<string, string>>;
  /** The variables with which a job reaches them as the shared account. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Returns a job on a runner that has checked out the repository. */
  job(checkout: Checkout, temp: string, env?: Readonly<Record<string, string | undefined>>): Promise<Job>;
  close(): Promise<void>;
}

/**
 * Starts the emulator and creates what `examples/exemplar` needs in the accounts.
 *
 * @param images the image names of the team; each gets a repository in both accounts
 * @param repositories `none` if `provision` creates them
 */
export async function setStage(
  options: { port?: number; images?: readonly string[]; repositories?: 'all' | 'none' } = {},
): Promise<Stage> {
  const { port, images = team.images, repositories = 'all' } = options;
  const emulator = await startEmulator({
    accounts: [team.shared, team.prod],
    port,
  });
  const shared = new Account(team.shared, emulator.api);
  const prod = new Account(team.prod, emulator.api);
  const hosts = emulator.registries.map(({ account, url }) => [
    account === shared.id ? shared.host : prod.host,
    url,
  ]);
  const endpoints = JSON.stringify(Object.fromEntries(hosts));

  await pushBaseImages(baseImages(), shared, parseEndpoints(endpoints), '1.37');
  await shared.putParameter(team.parameter, `${shared.host}/${team.prefix}`);
  if (repositories === 'all') {
    for (const name of repositoriesOf(images)) {
      await shared.createRepository(name);
      await prod.createRepository(name);
    }
    await admitShared({ shared, prod }, images);
  }

  const addresses = { AWS_ENDPOINT_URL: emulator.api, TOWPATH_REGISTRY_ENDPOINTS: endpoints };
  const env = { ...process.env, ...addresses, ...shared.credentials };
  return {
    emulator,
    shared,
    prod,
    addresses,
    env,
    job: async (checkout, temp, more = {}) =>
      new Job({ workspace: checkout.folder, temp, env: { ...env, ...(await pushEvent(checkout)), ...more } }),
    close: () => emulator.close(),
  };
}

/** Each registry has its own ledger. */
function repositoriesOf(images: readonly string[]): readonly string[] {
  return [...images, 'towpath'].map((image) => `${team.prefix}/${image}`);
}

/** Lets the shared account promote into the repositories of production, as the example's `repository-of-prod` does. */
export async function admitShared(
  { shared, prod }: Pick<Stage, 'shared' | 'prod'>,
  images: readonly string[] = team.images,
): Promise<void> {
  for (const name of repositoriesOf(images)) await prod.admit(shared, name);
}

/** Returns the exemplar's configuration with the role in the account of production that `provision` needs. */
export function withProvisionRole(config: string): string {
  const registry = `    registry: ${team.prod}.dkr.ecr.us-east-1.amazonaws.com\n`;
  if (!config.includes(registry)) throw new Error('the configuration has no registry for production');
  return config.replace(registry, `${registry}    role: arn:aws:iam::${team.prod}:role/payroll-provision\n`);
}

function baseImages(): string {
  const folder = process.env.TOWPATH_BASE_IMAGES;
  if (folder === undefined)
    throw new Error(
      'TOWPATH_BASE_IMAGES is not set: start this by its npm script, which sets up what it needs',
    );
  return folder;
}

/** Returns the variables of a run for a push to main. */
async function pushEvent(checkout: Checkout): Promise<Record<string, string>> {
  return {
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'acme/payroll',
    GITHUB_SHA: await checkout.revision(),
    GITHUB_REF: 'refs/heads/main',
    GITHUB_REF_NAME: 'main',
    GITHUB_REF_TYPE: 'branch',
    GITHUB_RUN_ID: '1',
    GITHUB_RUN_ATTEMPT: '1',
  };
}

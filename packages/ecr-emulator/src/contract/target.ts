import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  PutAccountSettingCommand,
  type CreateRepositoryCommandInput,
} from '@aws-sdk/client-ecr';
import { randomBytes } from 'node:crypto';
import { startEmulator } from '../emulator.ts';
import { ecrClient, ours } from '../harness/emulator.ts';
import { rawClient, registryClient, type RegistryClient } from '../harness/registry.ts';

/** The registry whose behavior is compared with the beliefs: the emulator, or an account of AWS. */
export interface Target {
  readonly ecr: ECRClient;
  readonly registry: RegistryClient;
  /** Creates a repository that {@link Target.close} deletes, and returns its name. */
  readonly create: (options?: Partial<CreateRepositoryCommandInput>) => Promise<string>;
  /** Deletes all repositories, with their images. @throws Error that names those that are left */
  readonly close: () => Promise<void>;
}

/**
 * Opens the target that `TOWPATH_CONTRACT` names: `aws` is the account and region of the AWS credentials in the
 * environment. The default is an emulator.
 */
export async function openTarget(env: Readonly<Record<string, string | undefined>>): Promise<Target> {
  const named = env.TOWPATH_CONTRACT ?? 'emulator';
  if (named === 'aws') return openAws();
  if (named !== 'emulator')
    throw new Error(`TOWPATH_CONTRACT is ${JSON.stringify(named)}: use emulator or aws.`);
  const emulator = await startEmulator({ accounts: [ours] });
  const ecr = ecrClient(emulator);
  const repositories = new Repositories(ecr);
  await ecr.send(new PutAccountSettingCommand({ name: 'BLOB_MOUNTING', value: 'ENABLED' }));
  return {
    ecr,
    registry: await registryClient(emulator),
    create: (options) => repositories.create(options),
    close: async () => {
      await repositories.delete();
      await emulator.close();
    },
  };
}

async function openAws(): Promise<Target> {
  const ecr = new ECRClient({ maxAttempts: 5 });
  const { authorizationData: [login] = [] } = await ecr.send(new GetAuthorizationTokenCommand());
  const { proxyEndpoint: url, authorizationToken } = login ?? {};
  if (url === undefined || authorizationToken === undefined) throw new Error('ECR returned no login.');
  const repositories = new Repositories(ecr);
  process.stderr.write(
    `The contract is tested in ${url}, in repositories that start with ${repositories.prefix} and are deleted at the end. They contain less than 20 MiB for some minutes, which costs less than 0.01 USD.\n`,
  );
  return {
    ecr,
    registry: rawClient(url, `Basic ${authorizationToken}`),
    create: (options) => repositories.create(options),
    close: () => repositories.delete(),
  };
}

/** The repositories of one run. Their prefix is random, so that runs at the same time do not meet. */
class Repositories {
  readonly prefix = `towpath-contract-${randomBytes(6).toString('hex')}/`;
  readonly #ecr: ECRClient;
  readonly #created: string[] = [];

  constructor(ecr: ECRClient) {
    this.#ecr = ecr;
  }

  async create(options: Partial<CreateRepositoryCommandInput> = {}): Promise<string> {
    const repositoryName = `${this.prefix}${this.#created.length}`;
    // It is listed before it exists, because a lost response leaves a repository.
    this.#created.push(repositoryName);
    await this.#ecr.send(new CreateRepositoryCommand({ repositoryName, ...options }));
    return repositoryName;
  }

  async delete(): Promise<void> {
    const left: string[] = [];
    for (const repositoryName of this.#created.splice(0)) {
      try {
        await this.#ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
      } catch (error) {
        if (!(error instanceof Error && error.name === 'RepositoryNotFoundException'))
          left.push(`${repositoryName} (${String(error)})`);
      }
    }
    if (left.length > 0) throw new Error(`Delete these repositories yourself: ${left.join(', ')}`);
  }
}

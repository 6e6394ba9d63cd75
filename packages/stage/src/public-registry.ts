import {
  CreateRepositoryCommand,
  DescribeImageTagsCommand,
  DescribeRepositoriesCommand,
  ECRPUBLICClient,
} from '@aws-sdk/client-ecr-public';
import { ecrPublicHost } from '@towpath/reference';
import type { Account } from './account.ts';

/** The address of ECR Public in a running emulator. */
interface PublicRegistryAddress {
  readonly url: string;
  readonly aliases: Readonly<Record<string, string>>;
}

/** The public registry of an account: the owner's view through the AWS API, and the anonymous view. */
export class PublicRegistry {
  /** `public.ecr.aws/<alias>`. */
  readonly uri: string;
  readonly alias: string;
  readonly #client: ECRPUBLICClient;
  readonly #url: string;

  /** @param api the URL of the AWS API */
  constructor({ id }: Account, api: string, { url, aliases }: PublicRegistryAddress) {
    this.alias = aliases[id] ?? '';
    this.uri = `${ecrPublicHost}/${this.alias}`;
    this.#url = url;
    const credentials = { accessKeyId: id, secretAccessKey: 'secret' };
    this.#client = new ECRPUBLICClient({ region: 'us-east-1', endpoint: api, credentials });
  }

  async createRepository(repositoryName: string): Promise<void> {
    await this.#client.send(new CreateRepositoryCommand({ repositoryName }));
  }

  /** Returns the sorted names of all repositories. */
  async repositories(): Promise<readonly string[]> {
    const { repositories = [] } = await this.#client.send(new DescribeRepositoriesCommand({}));
    return repositories.map(({ repositoryName }) => repositoryName ?? '').sort();
  }

  /** Returns the tags without fingerprint tags, and the digests that they name. */
  async tags(repositoryName: string): Promise<Readonly<Record<string, string>>> {
    const { imageTagDetails = [] } = await this.#client.send(
      new DescribeImageTagsCommand({ repositoryName, maxResults: 1000 }),
    );
    const named = imageTagDetails.map(({ imageTag = '', imageDetail }) => [
      imageTag,
      imageDetail?.imageDigest ?? '',
    ]);
    return Object.fromEntries(named.filter(([tag = '']) => !tag.startsWith('fp-'))) as Record<string, string>;
  }

  /** Returns the artifact types of the referrers of an image, as an anonymous client sees them. */
  async referrers(repositoryName: string, digest: string): Promise<readonly string[]> {
    const get = async (path: string, headers: Record<string, string> = {}): Promise<unknown> =>
      (await fetch(new URL(path, this.#url), { headers })).json();
    const { token } = (await get('/token/?service=public.ecr.aws&scope=aws')) as { token: string };
    const path = `/v2/${this.alias}/${repositoryName}/referrers/${digest}`;
    const listed = await get(path, { authorization: `Bearer ${token}` });
    return (listed as { manifests: { artifactType: string }[] }).manifests.map((one) => one.artifactType);
  }
}

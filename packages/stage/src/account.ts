import {
  BatchGetImageCommand,
  CreatePullThroughCacheRuleCommand,
  CompleteLayerUploadCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  ListImageReferrersCommand,
  PutAccountSettingCommand,
  InitiateLayerUploadCommand,
  PutImageCommand,
  UploadLayerPartCommand,
  SetRepositoryPolicyCommand,
  type ImageDetail,
  type ImageTagMutability,
  type Repository,
} from '@aws-sdk/client-ecr';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Manifest } from '@towpath/oci';
import { digestOf, formatEcrHost, parseDigest, type Digest } from '@towpath/reference';

const region = 'us-east-1';

/** Somebody whom AWS knows. */
export interface Caller {
  /** The variables by which AWS programs become that caller. */
  readonly credentials: Readonly<Record<string, string>>;
}

/** An AWS account as its owner uses it, over the AWS API. */
export class Account implements Caller {
  readonly id: string;
  /** The host of its registry, by its real name. */
  readonly host: string;
  readonly #ecr: ECRClient;
  readonly #ssm: SSMClient;
  readonly #sts: STSClient;

  /** @param api the address of the AWS API */
  constructor(id: string, api: string) {
    this.id = id;
    this.host = formatEcrHost(id, region);
    // The emulator takes a 12-digit access key for the account that calls.
    const config = { region, endpoint: api, credentials: { accessKeyId: id, secretAccessKey: 'secret' } };
    this.#ecr = new ECRClient(config);
    this.#ssm = new SSMClient(config);
    this.#sts = new STSClient(config);
  }

  get credentials(): Readonly<Record<string, string>> {
    return { AWS_ACCESS_KEY_ID: this.id, AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: region };
  }

  /** Becomes a role of the account, by its name. */
  async assume(role: string): Promise<Caller> {
    const RoleArn = `arn:aws:iam::${this.id}:role/${role}`;
    const { Credentials } = await this.#sts.send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: 'a-job' }),
    );
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
    return {
      credentials: {
        AWS_ACCESS_KEY_ID: AccessKeyId,
        AWS_SECRET_ACCESS_KEY: SecretAccessKey,
        AWS_SESSION_TOKEN: SessionToken,
        AWS_REGION: region,
      },
    };
  }

  /** Lets layers be mounted from one repository into another, as an account may switch it on. */
  async allowMounting(): Promise<void> {
    await this.#ecr.send(new PutAccountSettingCommand({ name: 'BLOB_MOUNTING', value: 'ENABLED' }));
  }

  /** The settings of a repository; undefined when there is none. */
  async repository(repositoryName: string): Promise<Repository | undefined> {
    const { repositories = [] } = await this.#ecr.send(new DescribeRepositoriesCommand({ maxResults: 1000 }));
    return repositories.find((one) => one.repositoryName === repositoryName);
  }

  /** Creates a repository. Its tags are immutable and it scans on push, unless told otherwise. */
  async createRepository(
    repositoryName: string,
    imageTagMutability: ImageTagMutability = 'IMMUTABLE',
    imageScanningConfiguration = { scanOnPush: true },
    except: readonly string[] = [],
  ): Promise<void> {
    await this.#ecr.send(
      new CreateRepositoryCommand({
        repositoryName,
        imageTagMutability,
        imageScanningConfiguration,
        ...(except.length > 0 && {
          imageTagMutabilityExclusionFilters: except.map((filter) => ({ filterType: 'WILDCARD', filter })),
        }),
      }),
    );
  }

  /** Makes a namespace of the registry a cache of an upstream, or of a namespace there. */
  async pullThrough(ecrRepositoryPrefix: string, upstream: string, upstreamPrefix?: string): Promise<void> {
    await this.#ecr.send(
      new CreatePullThroughCacheRuleCommand({
        ecrRepositoryPrefix,
        upstreamRegistryUrl: upstream,
        upstreamRepositoryPrefix: upstreamPrefix,
        credentialArn: `arn:aws:secretsmanager:${region}:${this.id}:secret:ecr-pullthroughcache/${ecrRepositoryPrefix}`,
      }),
    );
  }

  /** Lets another account push to a repository. */
  async admit(other: Account, repositoryName: string): Promise<void> {
    const statement = {
      Sid: 'Delivery',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${other.id}:root` },
      Action: [
        'ecr:BatchCheckLayerAvailability',
        'ecr:BatchGetImage',
        'ecr:CompleteLayerUpload',
        'ecr:DescribeImages',
        'ecr:DescribeRepositories',
        'ecr:GetDownloadUrlForLayer',
        'ecr:InitiateLayerUpload',
        'ecr:PutImage',
        'ecr:UploadLayerPart',
      ],
    };
    await this.setPolicy(repositoryName, { Version: '2012-10-17', Statement: [statement] });
  }

  async setPolicy(repositoryName: string, policy: object): Promise<void> {
    const policyText = JSON.stringify(policy);
    await this.#ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText }));
  }

  async putParameter(name: string, value: string): Promise<void> {
    await this.#ssm.send(
      new PutParameterCommand({ Name: name, Value: value, Type: 'String', Overwrite: true }),
    );
  }

  /** Lets a tag name an image whose content is there. */
  async tag(repositoryName: string, { text, mediaType, digest }: Manifest, imageTag: string): Promise<void> {
    const image = {
      imageManifest: text,
      imageManifestMediaType: mediaType,
      imageDigest: digest,
    };
    await this.#ecr.send(new PutImageCommand({ repositoryName, imageTag, ...image }));
  }

  /** Puts bytes into a repository as a blob. */
  async putBlob(repositoryName: string, bytes: Buffer): Promise<void> {
    const { uploadId } = await this.#ecr.send(new InitiateLayerUploadCommand({ repositoryName }));
    const upload = { repositoryName, uploadId };
    const part = { partFirstByte: 0, partLastByte: bytes.length - 1, layerPartBlob: bytes };
    await this.#ecr.send(new UploadLayerPartCommand({ ...upload, ...part }));
    const complete = new CompleteLayerUploadCommand({ ...upload, layerDigests: [digestOf(bytes)] });
    await this.#ecr.send(complete).catch((error: unknown) => {
      if (!(error instanceof Error) || error.name !== 'LayerAlreadyExistsException') throw error;
    });
  }

  /** Puts a manifest of any shape that ECR takes into a repository. */
  async putManifest(
    repositoryName: string,
    bytes: Buffer,
    imageManifestMediaType: string,
    imageTag?: string,
  ): Promise<void> {
    const image = { imageManifest: bytes.toString('utf8'), imageManifestMediaType, imageTag };
    await this.#ecr.send(new PutImageCommand({ repositoryName, ...image }));
  }

  /** The digest that a tag names; undefined when nothing has it. */
  async digestOf(repositoryName: string, imageTag: string): Promise<Digest | undefined> {
    const { images } = await this.#ecr.send(
      new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag }] }),
    );
    const digest = images?.[0]?.imageId?.imageDigest;
    return digest === undefined ? undefined : parseDigest(digest);
  }

  /** The bytes of the manifest that a tag names. */
  async manifest(repositoryName: string, imageTag: string): Promise<Buffer> {
    const { images } = await this.#ecr.send(
      new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag }] }),
    );
    return Buffer.from(images?.[0]?.imageManifest ?? '');
  }

  /** The document of an artifact in the ledger. */
  async document(repositoryName: string, imageTag: string): Promise<unknown> {
    const bytes = await this.manifest(repositoryName, imageTag);
    const manifest = JSON.parse(bytes.toString()) as { layers?: { data: string }[] };
    return JSON.parse(Buffer.from(manifest.layers?.[0]?.data ?? '', 'base64').toString()) as unknown;
  }

  /** The tags of a repository that people know, sorted. */
  async tags(repositoryName: string): Promise<readonly string[]> {
    return (await this.#tags(repositoryName)).filter((tag) => !tag.startsWith('fp-'));
  }

  /** The tags by which images are found by what they were built from, sorted. */
  async fingerprintTags(repositoryName: string): Promise<readonly string[]> {
    return (await this.#tags(repositoryName)).filter((tag) => tag.startsWith('fp-'));
  }

  async #tags(repositoryName: string): Promise<readonly string[]> {
    return (await this.#images(repositoryName)).flatMap(({ imageTags }) => imageTags ?? []).sort();
  }

  /** The digests that no tag names, such as the platforms of an index. */
  async untaggedDigests(repositoryName: string): Promise<readonly string[]> {
    const untagged = (await this.#images(repositoryName)).filter(({ imageTags }) => imageTags === undefined);
    return untagged.map(({ imageDigest }) => imageDigest ?? '');
  }

  /** The types of what refers to an image. */
  async referrers(repositoryName: string, digest: string): Promise<readonly string[]> {
    const { referrers = [] } = await this.#ecr.send(
      new ListImageReferrersCommand({ repositoryName, subjectId: { imageDigest: digest } }),
    );
    return referrers.map(({ artifactType }) => artifactType ?? '');
  }

  async #images(repositoryName: string): Promise<readonly ImageDetail[]> {
    const { imageDetails } = await this.#ecr.send(
      new DescribeImagesCommand({ repositoryName, maxResults: 1000 }),
    );
    return imageDetails ?? [];
  }

  /** `AWS:password`, as docker login takes it. */
  async login(): Promise<string> {
    const { authorizationData } = await this.#ecr.send(new GetAuthorizationTokenCommand({}));
    return Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64').toString('utf8');
  }
}

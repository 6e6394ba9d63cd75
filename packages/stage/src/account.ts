import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CreatePullThroughCacheRuleCommand,
  CompleteLayerUploadCommand,
  CreateRepositoryCommand,
  DeleteRegistryPolicyCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  DescribeRepositoryCreationTemplatesCommand,
  GetRegistryPolicyCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  GetRepositoryPolicyCommand,
  ListImageReferrersCommand,
  PutAccountSettingCommand,
  InitiateLayerUploadCommand,
  PutImageCommand,
  PutLifecyclePolicyCommand,
  PutRegistryPolicyCommand,
  PutRegistryScanningConfigurationCommand,
  PutReplicationConfigurationCommand,
  UpdateImageStorageClassCommand,
  UploadLayerPartCommand,
  SetRepositoryPolicyCommand,
  type ImageDetail,
  type ImageTagMutability,
  type Repository,
  type RepositoryCreationTemplate,
} from '@aws-sdk/client-ecr';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Manifest } from '@towpath/oci';
import { digestOf, formatEcrHost, parseDigest, partitionOf, type Digest } from '@towpath/reference';

const defaultRegion = 'us-east-1';

/** An AWS identity that tests can use. */
export interface Caller {
  /** The environment variables for AWS programs with this identity. */
  readonly credentials: Readonly<Record<string, string>>;
}

/** An AWS account that tests use through the AWS API, as its owner would. */
export class Account implements Caller {
  readonly id: string;
  /** The host name of its registry, as in production. */
  readonly host: string;
  readonly #ecr: ECRClient;
  readonly #ssm: SSMClient;
  readonly #sts: STSClient;

  readonly #api: string;
  readonly region: string;

  /** @param api the URL of the AWS API */
  constructor(id: string, api: string, region = defaultRegion) {
    this.id = id;
    this.#api = api;
    this.region = region;
    this.host = formatEcrHost(id, region);
    // The emulator treats a 12-digit access key as the ID of the calling account.
    const config = { region, endpoint: api, credentials: { accessKeyId: id, secretAccessKey: 'secret' } };
    this.#ecr = new ECRClient(config);
    this.#ssm = new SSMClient(config);
    this.#sts = new STSClient(config);
  }

  get credentials(): Readonly<Record<string, string>> {
    return { AWS_ACCESS_KEY_ID: this.id, AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: this.region };
  }

  /** The start of the ARNs of the account. */
  get #arn(): string {
    return `arn:${partitionOf(this.region).id}`;
  }

  /** Assumes a role of the account by its name. */
  async assume(role: string): Promise<Caller> {
    const RoleArn = `${this.#arn}:iam::${this.id}:role/${role}`;
    const { Credentials } = await this.#sts.send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: 'a-job' }),
    );
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
    return {
      credentials: {
        AWS_ACCESS_KEY_ID: AccessKeyId,
        AWS_SECRET_ACCESS_KEY: SecretAccessKey,
        AWS_SESSION_TOKEN: SessionToken,
        AWS_REGION: this.region,
      },
    };
  }

  /** Enables blob mounting between the repositories of the account. */
  async allowMounting(): Promise<void> {
    await this.#ecr.send(new PutAccountSettingCommand({ name: 'BLOB_MOUNTING', value: 'ENABLED' }));
  }

  /** Returns the settings of a repository; undefined if it does not exist. */
  async repository(repositoryName: string): Promise<Repository | undefined> {
    const { repositories = [] } = await this.#ecr.send(new DescribeRepositoriesCommand({ maxResults: 1000 }));
    return repositories.find((one) => one.repositoryName === repositoryName);
  }

  /** Creates a repository, by default with immutable tags and scans on push. */
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

  /** Replicates all repositories to the registry of another account, which allows it. */
  async replicateTo(other: Account): Promise<void> {
    const destinations = [{ registryId: other.id, region: this.region }];
    await this.#ecr.send(
      new PutReplicationConfigurationCommand({ replicationConfiguration: { rules: [{ destinations }] } }),
    );
    await other.allowReplicationFrom(this);
  }

  /** Returns the same account in another region. */
  in(region: string): Account {
    return new Account(this.id, this.#api, region);
  }

  /** Returns the text of the policy of the registry. */
  async registryPolicy(): Promise<string | undefined> {
    return (await this.#ecr.send(new GetRegistryPolicyCommand({}))).policyText;
  }

  async creationTemplates(): Promise<readonly RepositoryCreationTemplate[]> {
    const { repositoryCreationTemplates = [] } = await this.#ecr.send(
      new DescribeRepositoryCreationTemplatesCommand({}),
    );
    return repositoryCreationTemplates;
  }

  async allowReplicationFrom({ id }: Account): Promise<void> {
    const statement = {
      Sid: 'Replication',
      Effect: 'Allow',
      Principal: { AWS: `${this.#arn}:iam::${id}:root` },
      Action: ['ecr:CreateRepository', 'ecr:ReplicateImage'],
      Resource: `${this.#arn}:ecr:${this.region}:${this.id}:repository/*`,
    };
    await this.setRegistryPolicy({ Version: '2012-10-17', Statement: [statement] });
  }

  /** Replaces the policy of the registry. */
  async setRegistryPolicy(policy: object): Promise<void> {
    await this.#ecr.send(new PutRegistryPolicyCommand({ policyText: JSON.stringify(policy) }));
  }

  /** Removes the policy of the registry, so that no account may replicate to it. */
  async refuseReplication(): Promise<void> {
    await this.#ecr.send(new DeleteRegistryPolicyCommand({}));
  }

  /** Sets how the registry scans the repositories that match a filter. It does not scan others. */
  async configureScanning(
    scanType: 'BASIC' | 'ENHANCED',
    scanFrequency: 'SCAN_ON_PUSH' | 'CONTINUOUS_SCAN',
    filter = '*',
  ): Promise<void> {
    const rules = [{ scanFrequency, repositoryFilters: [{ filter, filterType: 'WILDCARD' as const }] }];
    await this.#ecr.send(new PutRegistryScanningConfigurationCommand({ scanType, rules }));
  }

  /** Creates a pull-through cache rule for an upstream registry or a namespace of it. */
  async pullThrough(ecrRepositoryPrefix: string, upstream: string, upstreamPrefix?: string): Promise<void> {
    await this.#ecr.send(
      new CreatePullThroughCacheRuleCommand({
        ecrRepositoryPrefix,
        upstreamRegistryUrl: upstream,
        upstreamRepositoryPrefix: upstreamPrefix,
        credentialArn: `${this.#arn}:secretsmanager:${this.region}:${this.id}:secret:ecr-pullthroughcache/${ecrRepositoryPrefix}`,
      }),
    );
  }

  /** Allows another account to push to a repository. */
  async admit(other: Account, repositoryName: string): Promise<void> {
    const statement = {
      Sid: 'Delivery',
      Effect: 'Allow',
      Principal: { AWS: `${this.#arn}:iam::${other.id}:root` },
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

  /** Returns the policy of a repository. */
  async policy(repositoryName: string): Promise<unknown> {
    const { policyText = '' } = await this.#ecr.send(new GetRepositoryPolicyCommand({ repositoryName }));
    return JSON.parse(policyText) as unknown;
  }

  async putLifecycle(repositoryName: string, policy: object): Promise<void> {
    const lifecyclePolicyText = JSON.stringify(policy);
    await this.#ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
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

  /** Sets a tag on an image whose content is already in the repository. */
  async tag(repositoryName: string, { text, mediaType, digest }: Manifest, imageTag: string): Promise<void> {
    const image = {
      imageManifest: text,
      imageManifestMediaType: mediaType,
      imageDigest: digest,
    };
    await this.#ecr.send(new PutImageCommand({ repositoryName, imageTag, ...image }));
  }

  /** Uploads a blob to a repository. */
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

  /** Pushes a manifest of any shape that ECR accepts. */
  async putManifest(
    repositoryName: string,
    bytes: Buffer,
    imageManifestMediaType: string,
    imageTag?: string,
  ): Promise<void> {
    const image = { imageManifest: bytes.toString('utf8'), imageManifestMediaType, imageTag };
    await this.#ecr.send(new PutImageCommand({ repositoryName, ...image }));
  }

  /** Returns the digest that a tag names; undefined if the tag does not exist. */
  async digestOf(repositoryName: string, imageTag: string): Promise<Digest | undefined> {
    const { images } = await this.#ecr.send(
      new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag }] }),
    );
    const digest = images?.[0]?.imageId?.imageDigest;
    return digest === undefined ? undefined : parseDigest(digest);
  }

  /** Returns the bytes of the manifest that a tag names. */
  async manifest(repositoryName: string, imageTag: string): Promise<Buffer> {
    const { images } = await this.#ecr.send(
      new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag }] }),
    );
    return Buffer.from(images?.[0]?.imageManifest ?? '');
  }

  /** Returns the text of the manifest with a digest; empty if it does not exist. */
  async manifestText(repositoryName: string, imageDigest: Digest): Promise<string> {
    const { images } = await this.#ecr.send(
      new BatchGetImageCommand({ repositoryName, imageIds: [{ imageDigest }] }),
    );
    return images?.[0]?.imageManifest ?? '';
  }

  /** Deletes tags. ECR deletes an image with its last tag. */
  async deleteTags(repositoryName: string, ...tags: readonly string[]): Promise<void> {
    const imageIds = tags.map((imageTag) => ({ imageTag }));
    await this.#ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
  }

  /** Archives the image that a tag names. ECR does not return archived images. */
  async archive(repositoryName: string, imageTag: string): Promise<void> {
    const request = { repositoryName, imageId: { imageTag }, targetStorageClass: 'ARCHIVE' as const };
    await this.#ecr.send(new UpdateImageStorageClassCommand(request));
  }

  /** Returns the digests of all manifests of a repository, sorted. */
  async digests(repositoryName: string): Promise<readonly string[]> {
    return (await this.#images(repositoryName)).map(({ imageDigest = '' }) => imageDigest).sort();
  }

  /** Returns the document of an artifact in the ledger. */
  async document(repositoryName: string, imageTag: string): Promise<unknown> {
    const bytes = await this.manifest(repositoryName, imageTag);
    const manifest = JSON.parse(bytes.toString()) as { layers?: { data: string }[] };
    return JSON.parse(Buffer.from(manifest.layers?.[0]?.data ?? '', 'base64').toString()) as unknown;
  }

  /** Returns the sorted tags of a repository, without fingerprint tags. */
  async tags(repositoryName: string): Promise<readonly string[]> {
    return (await this.#tags(repositoryName)).filter((tag) => !tag.startsWith('fp-'));
  }

  /** Returns the sorted fingerprint tags of a repository. */
  async fingerprintTags(repositoryName: string): Promise<readonly string[]> {
    return (await this.#tags(repositoryName)).filter((tag) => tag.startsWith('fp-'));
  }

  async #tags(repositoryName: string): Promise<readonly string[]> {
    return (await this.#images(repositoryName)).flatMap(({ imageTags }) => imageTags ?? []).sort();
  }

  /** Returns the digests of untagged manifests, such as the platforms of an index. */
  async untaggedDigests(repositoryName: string): Promise<readonly string[]> {
    const untagged = (await this.#images(repositoryName)).filter(({ imageTags }) => imageTags === undefined);
    return untagged.map(({ imageDigest }) => imageDigest ?? '');
  }

  /** Returns the artifact types of the referrers of an image. */
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

  /** Returns `AWS:password` for docker login. */
  async login(): Promise<string> {
    const { authorizationData } = await this.#ecr.send(new GetAuthorizationTokenCommand({}));
    return Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64').toString('utf8');
  }
}

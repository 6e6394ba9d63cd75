import { Roles } from './access/roles.ts';
import { Quotas, type QuotaRates } from './access/quotas.ts';
import { Secret } from './access/secret.ts';
import type { Clock } from './clock.ts';
import type { Deviation } from './deviations.ts';
import { aliasOf, publicRegion, isPublicRegistry } from './registry/public-registry.ts';
import { LayerBucket } from './layer-bucket/layer-bucket.ts';
import { Upstreams } from './pull-through/upstreams.ts';
import type { Image } from './registry/record.ts';
import { Registry } from './registry/registry.ts';
import { minPartSize, type UploadRules } from './registry/uploads.ts';
import type { Repository, RegistryLocation } from './registry/repository.ts';
import { Replicator } from './replication/replicator.ts';
import { scanStateOf, type ScanDelays, type ScanState } from './scan/state.ts';
import type { Scanner } from './scan/script.ts';
import { SingleFlight } from './store/single-flight.ts';
import type { DataFolder } from './store/data-folder.ts';

/** The options of the emulated service. */
export interface EcrOptions {
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  /** The partitions of accounts that exist in one partition only. */
  readonly partitions: Readonly<Record<string, string>>;
  readonly data: DataFolder;
  readonly clock: Clock;
  readonly scanner: Scanner;
  readonly scanDelays: ScanDelays;
  /** The duration of a replication, in milliseconds of real time. */
  readonly replicationDelay: number;
  /** The URLs of pull-through upstreams, by host. */
  readonly upstreams: Readonly<Record<string, string>>;
  readonly quotas: QuotaRates;
  readonly deviations: readonly Deviation[];
  readonly onDefect: (error: unknown) => void;
}

/** The state of Amazon ECR in all accounts and regions, behind both the JSON API and the registry API. */
export class Ecr {
  readonly clock: Clock;
  readonly secret: Secret;
  readonly scanner: Scanner;
  readonly scanDelays: ScanDelays;
  readonly bucket: LayerBucket;
  readonly replicator: Replicator;
  readonly upstreams: Upstreams;
  readonly quotas: Quotas;
  readonly roles = new Roles();
  /** The running imports from upstream registries. */
  readonly importing = new SingleFlight();
  readonly #deviations: readonly Deviation[];
  readonly #accounts: readonly string[];
  readonly regions: readonly string[];
  readonly #partitions: Readonly<Record<string, string>>;
  readonly #registries: readonly Registry[];

  private constructor(options: EcrOptions, secret: Secret, registries: readonly Registry[]) {
    this.clock = options.clock;
    this.scanner = options.scanner;
    this.scanDelays = options.scanDelays;
    this.secret = secret;
    this.quotas = new Quotas(options.quotas, options.clock);
    this.bucket = new LayerBucket(secret, options.clock);
    this.upstreams = new Upstreams(options.upstreams, secret, options.clock);
    this.replicator = new Replicator(this, options.replicationDelay, options.onDefect);
    this.#deviations = options.deviations;
    this.#accounts = options.accounts;
    this.regions = options.regions;
    this.#partitions = options.partitions;
    this.#registries = registries;
  }

  static async open(options: EcrOptions): Promise<Ecr> {
    const locations = options.accounts.flatMap((account) =>
      [...options.regions, publicRegion].map((region) => ({ account, region })),
    );
    const rules: UploadRules = {
      minPartSize: options.deviations.includes('part-size') ? minPartSize : 0,
      allowsEmpty: !options.deviations.includes('no-empty-layer'),
    };
    const registries: Registry[] = [];
    for (const location of locations) registries.push(await Registry.open(location, options.data, rules));
    return new Ecr(options, await Secret.open(options.data), registries);
  }

  /** The private registries. */
  get registries(): readonly Registry[] {
    return this.#registries.filter((one) => !isPublicRegistry(one));
  }

  /** Returns the public registry of an account, given its id or its alias. */
  publicRegistry(idOrAlias: string): Registry | undefined {
    return this.#registries.find(
      (one) => isPublicRegistry(one) && [one.account, aliasOf(one.account)].includes(idOrAlias),
    );
  }

  registry({ account, region }: RegistryLocation): Registry | undefined {
    return this.#registries.find((one) => one.account === account && one.region === region);
  }

  /** Whether a deviation from the OCI specification is active. */
  deviates(deviation: Deviation): boolean {
    return this.#deviations.includes(deviation);
  }

  /** Whether an account exists in a partition. */
  exists(account: string, partition: string): boolean {
    return this.#accounts.includes(account) && (this.#partitions[account] ?? partition) === partition;
  }

  /** Returns the state of an image's scan, or undefined if there is none yet. */
  scanOf({ settings }: Registry, { name, record }: Repository, image: Image): ScanState | undefined {
    return scanStateOf(image, record, settings, {
      script: this.scanner.scriptOf(name, image),
      delays: this.scanDelays,
      now: this.clock.now(),
    });
  }
}

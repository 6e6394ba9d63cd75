import { adminHandler, adminPrefix } from './admin/handler.ts';
import { expire, type Expired, type Expiry } from './admin/expire.ts';
import { apiHandler } from './api/handler.ts';
import type { RoleScripts } from './access/roles.ts';
import { Clock } from './clock.ts';
import { publicRegistryHandler } from './distribution/public-registries.ts';
import { registryHandler } from './distribution/handler.ts';
import { defaultQuotas, type QuotaRates } from './access/quotas.ts';
import { allDeviations } from './deviations.ts';
import { Ecr, type EcrOptions } from './ecr.ts';
import { parseFault, type Fault } from './faults/fault.ts';
import { Faults } from './faults/faults.ts';
import type { Exchange } from './http/exchange.ts';
import { RequestLog, type LoggedRequest, type Plane } from './http/request-log.ts';
import { listen, type Handler, type Serving } from './http/server.ts';
import { aliasOf } from './registry/public-registry.ts';
import { bucketHandler } from './layer-bucket/handler.ts';
import { parseScripts, Scanner, type ScanScripts } from './scan/script.ts';
import { defaultDelays, type ScanDelays } from './scan/state.ts';
import { DataFolder } from './store/data-folder.ts';

/** The options of an emulator. */
export interface EmulatorOptions {
  /** Account ids of twelve digits. Default: 111122223333. */
  readonly accounts?: readonly string[];
  /** Default: us-east-1. */
  readonly regions?: readonly string[];
  /** The partition of an account, such as `aws-cn`. Default: the account exists in the partitions of all regions. */
  readonly partitions?: Readonly<Record<string, string>>;
  /** The port of the API. The registries, the layer bucket and ECR Public use the following ports. Default: free ports. */
  readonly port?: number;
  /** The data folder. Default: a temporary folder, removed at the end. */
  readonly data?: string;
  /** A data folder whose data the emulator starts with. The emulator changes only its own copy. */
  readonly copyOf?: string;
  /** The findings of the scanner. */
  readonly findings?: ScanScripts;
  readonly scanDelays?: Partial<ScanDelays>;
  /** The duration of a replication in milliseconds of real time. Default: 200. */
  readonly replicationDelay?: number;
  /**
   * The URLs of pull-through upstreams by host, optionally with user and password. Registries of this emulator need no
   * entry. The emulator connects to no other upstream.
   */
  readonly upstreams?: Readonly<Record<string, string>>;
  /** The requests per second by API action, or true for the default quotas of an account. Default: no quotas. */
  readonly quotas?: QuotaRates | true;
  /** Switches off all deviations from the OCI specification, for its conformance suite. */
  readonly withoutDeviations?: boolean;
  /** Returns milliseconds since the epoch. Default: the system's time. */
  readonly clock?: () => number;
  /** Receives bugs of the emulator itself. Default: writes them to standard error. */
  readonly onDefect?: (error: unknown) => void;
}

/** The address of an account's registry in a region. */
export interface RegistryAddress {
  readonly account: string;
  readonly region: string;
  readonly url: string;
}

/** The address of the public registries, with the accounts' aliases. */
export interface PublicRegistryAddress {
  readonly url: string;
  /** The aliases by account. */
  readonly aliases: Readonly<Record<string, string>>;
}

/** A running emulator. */
export interface Emulator {
  /** The address of the AWS APIs (ECR, ECR Public, SSM and STS) and of the admin API. */
  readonly api: string;
  readonly registries: readonly RegistryAddress[];
  /** Amazon ECR Public. */
  readonly ecrPublic: PublicRegistryAddress;
  /** The data folder. */
  readonly data: string;
  /** @throws Error if the registry does not exist */
  readonly registryUrl: (account: string, region: string) => string;
  /** The requests so far, in order of arrival. */
  readonly requests: readonly LoggedRequest[];
  readonly clearRequests: () => void;
  readonly addFindings: (findings: ScanScripts) => void;
  /** Sets the identity policies and trust policies of roles. */
  readonly addRoles: (roles: RoleScripts) => void;
  readonly addFault: (fault: Fault) => void;
  readonly clearFaults: () => void;
  /** Evaluates lifecycle policies, as ECR does once a day. */
  readonly expire: (expiry?: Expiry) => Promise<Expired[]>;
  /** Advances the clock. */
  readonly advance: (milliseconds: number) => void;
  /** Closes all connections and unlocks the data folder. */
  readonly close: () => Promise<void>;
}

/** @throws FolderInUse if another emulator uses the data folder */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const clock = new Clock(options.clock);
  const scanner = new Scanner(parseScripts(options.findings ?? {}));
  const log = new RequestLog();
  const faults = new Faults();
  const onDefect = options.onDefect ?? reportDefect;

  const ends: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const data = await DataFolder.open(options.data, options.copyOf);
    ends.push(() => data.close());
    const ecr = await Ecr.open(ecrOptions(options, { data, clock, scanner, onDefect }));
    ends.push(() => ecr.replicator.close());
    const ports = new Ports(options.port, { log, clock, faults, onDefect }, ends);
    const api = await ports.open('api', withAdmin(ecr, adminHandler({ ecr, clock, log, faults })));
    const registries = await openRegistries(ecr, ports);
    const bucket = await ports.open('blobs', bucketHandler(ecr));
    const ecrPublic = await ports.open('registry', publicRegistryHandler(ecr));
    // S3 has another host name. Go's HTTP client would send credentials to another port of the same host.
    ecr.bucket.origin = bucket.replace('127.0.0.1', 'localhost');
    ecr.replicator.resume();
    return {
      api,
      registries,
      ecrPublic: {
        url: ecrPublic,
        aliases: Object.fromEntries(
          [...new Set(registries.map(({ account }) => account))].map((account) => [
            account,
            aliasOf(account),
          ]),
        ),
      },
      data: data.path,
      registryUrl: (account, region) => urlOf(registries, account, region),
      get requests() {
        return log.entries;
      },
      clearRequests: () => {
        log.clear();
      },
      addFindings: (scripts) => {
        scanner.add(parseScripts(scripts));
      },
      addRoles: (roles) => {
        ecr.roles.add(roles);
      },
      addFault: (fault) => {
        faults.add(parseFault(fault));
      },
      clearFaults: () => {
        faults.clear();
      },
      expire: (expiry) => expire(ecr, expiry),
      advance: (milliseconds) => {
        clock.advance(milliseconds);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function ecrOptions(
  options: EmulatorOptions,
  parts: Pick<EcrOptions, 'data' | 'clock' | 'scanner' | 'onDefect'>,
): EcrOptions {
  return {
    ...parts,
    accounts: options.accounts ?? ['111122223333'],
    regions: options.regions ?? ['us-east-1'],
    partitions: options.partitions ?? {},
    scanDelays: { ...defaultDelays, ...options.scanDelays },
    replicationDelay: options.replicationDelay ?? 200,
    upstreams: options.upstreams ?? {},
    quotas: options.quotas === true ? defaultQuotas : (options.quotas ?? {}),
    deviations: options.withoutDeviations === true ? [] : allDeviations,
  };
}

/** Opens the ports of an emulator, consecutive from the first one, or free ports. */
class Ports {
  #next: number | undefined;
  readonly #serving: Serving;
  readonly #ends: (() => Promise<void>)[];

  constructor(first: number | undefined, serving: Serving, ends: (() => Promise<void>)[]) {
    this.#next = first;
    this.#serving = serving;
    this.#ends = ends;
  }

  /** Returns the address, without a trailing slash. */
  async open(plane: Plane, handler: Handler): Promise<string> {
    const listening = await listen(plane, this.#next ?? 0, handler, this.#serving);
    if (this.#next !== undefined) this.#next += 1;
    this.#ends.push(listening.close);
    return listening.url;
  }
}

async function openRegistries(ecr: Ecr, ports: Ports): Promise<RegistryAddress[]> {
  const addresses: RegistryAddress[] = [];
  for (const registry of ecr.registries) {
    const { account, region, host } = registry;
    const url = await ports.open('registry', registryHandler(ecr, registry));
    ecr.upstreams.add(host, url);
    addresses.push({ account, region, url });
  }
  return addresses;
}

function urlOf(registries: readonly RegistryAddress[], account: string, region: string): string {
  const found = registries.find((one) => one.account === account && one.region === region);
  if (found === undefined) throw new Error(`account ${account} has no registry in ${region}`);
  return found.url;
}

/** Handles the AWS APIs and the admin API on one port. */
function withAdmin(ecr: Ecr, admin: Handler): Handler {
  const aws = apiHandler(ecr);
  const handlerOf = ({ url }: Exchange): Handler => (url.pathname.startsWith(adminPrefix) ? admin : aws);
  return {
    describe: (exchange) => {
      handlerOf(exchange).describe(exchange);
    },
    answer: (exchange) => handlerOf(exchange).answer(exchange),
    refuse: (exchange, refusal) => handlerOf(exchange).refuse(exchange, refusal),
  };
}

function reportDefect(error: unknown): void {
  process.stderr.write(
    `bug of the emulator: ${error instanceof Error ? (error.stack ?? '') : String(error)}\n`,
  );
}

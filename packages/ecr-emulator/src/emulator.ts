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

/** How an emulator is started. */
export interface EmulatorOptions {
  /** Twelve digits each; by default 111122223333. */
  readonly accounts?: readonly string[];
  /** By default us-east-1. */
  readonly regions?: readonly string[];
  /** The API's port; the registries, the layer bucket and the gallery take the next ones. By default all take free ones. */
  readonly port?: number;
  /** Where everything is kept; by default a temporary folder, which is removed at the end. */
  readonly data?: string;
  /** What the scanner will find. */
  readonly findings?: ScanScripts;
  readonly scanDelays?: Partial<ScanDelays>;
  /** How long a replication takes, in milliseconds of real time; by default 200. */
  readonly replicationDelay?: number;
  /**
   * Where the upstreams of pull-through caches are dialled: host → URL, which may carry a user and a password. The
   * registries of this emulator are known by themselves; no other upstream is ever dialled.
   */
  readonly upstreams?: Readonly<Record<string, string>>;
  /** Requests per second by API action; true for those that an account has by default. Without it there are none. */
  readonly quotas?: QuotaRates | true;
  /** Switches off that ECR is followed where it leaves the OCI specification: for its conformance suite alone. */
  readonly withoutDeviations?: boolean;
  /** Milliseconds since the epoch; by default the system's time. */
  readonly clock?: () => number;
  /** Told of defects of the emulator itself; by default they are written to standard error. */
  readonly onDefect?: (error: unknown) => void;
}

/** Where the registry of an account and a region listens. */
export interface RegistryAddress {
  readonly account: string;
  readonly region: string;
  readonly url: string;
}

/** Where all public registries listen, and by which aliases accounts go there. */
export interface PublicRegistryAddress {
  readonly url: string;
  /** By account. */
  readonly aliases: Readonly<Record<string, string>>;
}

/** A running emulator. */
export interface Emulator {
  /** Address of the AWS APIs: ECR, ECR Public, SSM and STS, and of the back door. */
  readonly api: string;
  readonly registries: readonly RegistryAddress[];
  /** Amazon ECR Public. */
  readonly ecrPublic: PublicRegistryAddress;
  /** The data folder. */
  readonly data: string;
  /** @throws Error when there is no such registry */
  readonly registryUrl: (account: string, region: string) => string;
  /** What was asked so far, in the order in which it arrived. */
  readonly requests: readonly LoggedRequest[];
  readonly clearRequests: () => void;
  readonly addFindings: (findings: ScanScripts) => void;
  /** Gives roles their policies: what they may do, and who may assume them. */
  readonly addRoles: (roles: RoleScripts) => void;
  readonly addFault: (fault: Fault) => void;
  readonly clearFaults: () => void;
  /** Evaluates lifecycle policies, as ECR does once a day. */
  readonly expire: (expiry?: Expiry) => Promise<Expired[]>;
  /** Sets the clock forward. */
  readonly advance: (milliseconds: number) => void;
  /** Ends all connections and lets go of the data folder. */
  readonly close: () => Promise<void>;
}

/** @throws FolderInUse when another emulator works on the data folder */
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
    const data = await DataFolder.open(options.data);
    ends.push(() => data.close());
    const ecr = await Ecr.open(ecrOptions(options, { data, clock, scanner, onDefect }));
    ends.push(() => ecr.replicator.close());
    const doors = new Ports(options.port, { log, clock, faults, onDefect }, ends);
    const api = await doors.open('api', frontDoor(ecr, adminHandler({ ecr, clock, log, faults })));
    const registries = await openRegistries(ecr, doors);
    const bucket = await doors.open('blobs', bucketHandler(ecr));
    const ecrPublic = await doors.open('registry', publicRegistryHandler(ecr));
    // By another name, as S3 has: Go's HTTP client takes two ports of one host for one place, and keeps credentials.
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
    scanDelays: { ...defaultDelays, ...options.scanDelays },
    replicationDelay: options.replicationDelay ?? 200,
    upstreams: options.upstreams ?? {},
    quotas: options.quotas === true ? defaultQuotas : (options.quotas ?? {}),
    deviations: options.withoutDeviations === true ? [] : allDeviations,
  };
}

/** The ports of an emulator, one after the other from the first, or free ones. */
class Ports {
  #next: number | undefined;
  readonly #serving: Serving;
  readonly #ends: (() => Promise<void>)[];

  constructor(first: number | undefined, serving: Serving, ends: (() => Promise<void>)[]) {
    this.#next = first;
    this.#serving = serving;
    this.#ends = ends;
  }

  /** @returns the address, without a slash at its end */
  async open(plane: Plane, handler: Handler): Promise<string> {
    const listening = await listen(plane, this.#next ?? 0, handler, this.#serving);
    if (this.#next !== undefined) this.#next += 1;
    this.#ends.push(listening.close);
    return listening.url;
  }
}

async function openRegistries(ecr: Ecr, doors: Ports): Promise<RegistryAddress[]> {
  const addresses: RegistryAddress[] = [];
  for (const registry of ecr.registries) {
    const { account, region, host } = registry;
    const url = await doors.open('registry', registryHandler(ecr, registry));
    ecr.upstreams.add(host, url);
    addresses.push({ account, region, url });
  }
  return addresses;
}

function urlOf(registries: readonly RegistryAddress[], account: string, region: string): string {
  const found = registries.find((one) => one.account === account && one.region === region);
  if (found === undefined) throw new Error(`no registry of ${account} in ${region}`);
  return found.url;
}

/** The API's port, with the back door in it. */
function frontDoor(ecr: Ecr, admin: Handler): Handler {
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
    `defect of the emulator: ${error instanceof Error ? (error.stack ?? '') : String(error)}\n`,
  );
}

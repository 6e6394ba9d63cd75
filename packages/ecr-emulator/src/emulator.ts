import { adminHandler, adminPrefix } from './admin/handler.ts';
import { expire, type Expired, type Expiry } from './admin/expire.ts';
import { apiHandler } from './api/handler.ts';
import { Clock } from './clock.ts';
import { registryHandler } from './distribution/handler.ts';
import { defaultQuotas, type QuotaRates } from './access/quotas.ts';
import { allDeviations } from './deviations.ts';
import { Ecr } from './ecr.ts';
import { parseFault, type Fault } from './faults/fault.ts';
import { Faults } from './faults/faults.ts';
import type { Exchange } from './http/exchange.ts';
import { RequestLog, type LoggedRequest } from './http/request-log.ts';
import { listen, type Handler, type Listening, type Serving } from './http/server.ts';
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
  /** The API's port; the registries and the layer bucket take the next ones. By default all take free ones. */
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

/** A running emulator. */
export interface Emulator {
  /** Address of the AWS APIs: ECR, SSM and STS, and of the back door. */
  readonly api: string;
  readonly registries: readonly RegistryAddress[];
  /** The data folder. */
  readonly data: string;
  /** @throws Error when there is no such registry */
  readonly registryUrl: (account: string, region: string) => string;
  /** What was asked so far, in the order in which it arrived. */
  readonly requests: readonly LoggedRequest[];
  readonly clearRequests: () => void;
  readonly addFindings: (findings: ScanScripts) => void;
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
  const { accounts = ['111122223333'], regions = ['us-east-1'], port, findings = {} } = options;
  const clock = new Clock(options.clock);
  const log = new RequestLog();
  const faults = new Faults();
  const serving: Serving = { log, clock, faults, onDefect: options.onDefect ?? reportDefect };
  const scanner = new Scanner(parseScripts(findings));
  const data = await DataFolder.open(options.data);
  const ecr = await Ecr.open({
    accounts,
    regions,
    data,
    clock,
    scanner,
    scanDelays: { ...defaultDelays, ...options.scanDelays },
    replicationDelay: options.replicationDelay ?? 200,
    upstreams: options.upstreams ?? {},
    quotas: options.quotas === true ? defaultQuotas : (options.quotas ?? {}),
    deviations: options.withoutDeviations === true ? [] : allDeviations,
    onDefect: serving.onDefect,
  });

  let next = port ?? 0;
  const nextPort = (): number => (port === undefined ? 0 : next++);
  const api = await listen(
    'api',
    nextPort(),
    frontDoor(ecr, adminHandler({ ecr, clock, log, faults })),
    serving,
  );
  const planes: Listening[] = [api];
  const registries: RegistryAddress[] = [];
  for (const registry of ecr.registries) {
    const plane = await listen('registry', nextPort(), registryHandler(ecr, registry), serving);
    planes.push(plane);
    ecr.upstreams.add(registry.host, plane.url);
    registries.push({ account: registry.account, region: registry.region, url: plane.url });
  }
  const bucket = await listen('blobs', nextPort(), bucketHandler(ecr), serving);
  planes.push(bucket);
  // By another name, as S3 has: Go's HTTP client takes two ports of one host for the same place, and keeps credentials.
  ecr.bucket.origin = bucket.url.replace('127.0.0.1', 'localhost');

  ecr.replicator.resume();

  return {
    api: api.url,
    registries,
    data: data.path,
    registryUrl: (account, region) => {
      const found = registries.find((one) => one.account === account && one.region === region);
      if (found === undefined) throw new Error(`no registry of ${account} in ${region}`);
      return found.url;
    },
    get requests() {
      return log.entries;
    },
    clearRequests: () => {
      log.clear();
    },
    addFindings: (scripts) => {
      scanner.add(parseScripts(scripts));
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
    close: async () => {
      await Promise.all(planes.map((plane) => plane.close()));
      await ecr.replicator.close();
      await data.close();
    },
  };
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

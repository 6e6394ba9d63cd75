import { afterEach, expect } from '@jest/globals';
import {
  startEmulator,
  type Emulator,
  type EmulatorOptions,
  type LoggedRequest,
} from '@towpath/ecr-emulator';
import { runAction, type Action, type Closable, type CommonInputs } from '@towpath/flow';
import type { BuiltImage } from '@towpath/image-set';
import { writeRelease } from '@towpath/ledger';
import { Layout, parseEndpoints } from '@towpath/oci';
import { Account, pushImage, type Caller } from '@towpath/stage';
import { ecrPublicHost } from '@towpath/reference';
import { Session } from '@towpath/session';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fakeRuntime, type FakeOptions, type FakeRuntime } from './fake-runtime.ts';
import { temporaryFolder } from './folder.ts';
import { makeImageSet, type ImageDraft } from './image-set.ts';

/** The result of an action, with the requests it sent to AWS. */
export interface Ending extends FakeRuntime {
  readonly green: boolean;
  readonly requests: readonly LoggedRequest[];
  /** The code of each problem. */
  readonly codes: readonly string[];
}

/** How {@link Scenario.play} runs an action. */
export interface Play extends FakeOptions {
  /** The caller. Default: {@link Scenario.shared}. */
  readonly as?: Caller;
  /** The image set in RUNNER_TEMP. */
  readonly imageSet?: readonly ImageDraft[];
  /** The commit that the image set was built from. Default: the commit of the run. */
  readonly revision?: string;
}

/** Two accounts on an emulator in this process. Actions call it over real HTTP. */
export interface Scenario {
  readonly emulator: Emulator;
  readonly shared: Account;
  readonly prod: Account;
  /** Pushes an image to a repository of the shared account, as an earlier run of `publish` would. */
  readonly publish: (repository: string, tag: string, draft: ImageDraft) => Promise<void>;
  /**
   * Publishes a version in the shared account: pushes images, keyed by repository, and writes the release to a ledger.
   *
   * @param published the time that the release states, as ISO 8601
   */
  readonly release: (
    version: string,
    ledger: string,
    images: Readonly<Record<string, ImageDraft>>,
    published?: string,
  ) => Promise<void>;
  /** Runs an action. */
  readonly play: <I extends CommonInputs, F, P, R, S extends Closable>(
    action: Action<I, F, P, R, S>,
    play: Play,
  ) => Promise<Ending>;
}

const region = 'us-east-1';
const hour = 60 * 60 * 1000;
const running: { readonly emulator: Emulator; readonly defects: unknown[] }[] = [];

afterEach(async () => {
  const ended = running.splice(0);
  await Promise.all(ended.map(({ emulator }) => emulator.close()));
  expect(ended.flatMap(({ defects }) => defects)).toEqual([]);
});

/**
 * Starts a scenario, which ends with the test. The test fails if the emulator reports a defect of its own.
 *
 * @param homes the regions of the shared account and of the production account. Default: us-east-1
 */
export async function scenario(
  options: EmulatorOptions = {},
  homes: readonly [shared: string, prod: string] = [region, region],
): Promise<Scenario> {
  const defects: unknown[] = [];
  const accounts = ['111122223333', '444455556666'] as const;
  const emulator = await startEmulator({
    accounts,
    regions: [...new Set(homes)],
    onDefect: (error) => defects.push(error),
    ...options,
  });
  running.push({ emulator, defects });
  const [shared, prod] = [
    new Account(accounts[0], emulator.api, homes[0]),
    new Account(accounts[1], emulator.api, homes[1]),
  ];
  const both = { emulator, shared, prod };
  const addresses = addressesOf(both);
  const publish = async (repository: string, tag: string, draft: ImageDraft): Promise<BuiltImage> => {
    const layout = new Layout(temporaryFolder());
    const [image] = await makeImageSet(layout.folder, [draft]);
    if (image === undefined) throw new Error('the image set is empty');
    await pushImage(layout, image, {
      account: shared,
      endpoints: parseEndpoints(addresses.TOWPATH_REGISTRY_ENDPOINTS),
      repository,
      tag,
    });
    return image;
  };
  return {
    ...both,
    publish: async (repository, tag, draft) => {
      await publish(repository, tag, draft);
    },
    release: async (version, ledger, images, published = '2026-01-31T12:00:00.000Z') => {
      const released = Object.entries(images).map(async ([repository, draft]) => {
        const { name, digest, fingerprint } = await publish(repository, `build-${version}`, draft);
        return { name, repository, digest, fingerprint };
      });
      const release = {
        schemaVersion: 1 as const,
        version,
        published,
        source: {},
        images: await Promise.all(released),
      };
      const registry = {
        kind: 'private',
        account: shared.id,
        region: shared.region,
        host: shared.host,
      } as const;
      await writeRelease({ registry, repository: ledger }, release, sessionOf(both));
    },
    play: async (action, { as = shared, imageSet, revision, ...fake }) => {
      const env = {
        ...addresses,
        ...as.credentials,
        ...fake.env,
      };
      const runtime = inEmulatorTime(fakeRuntime({ ...fake, env }), emulator);
      if (imageSet !== undefined)
        await makeImageSet(join(runtime.temp, 'towpath'), imageSet, revision ?? fake.env?.GITHUB_SHA);
      emulator.clearRequests();
      const green = await runAction(action, runtime);
      const problems = JSON.parse(runtime.outputs.problems ?? '[]') as { readonly code: string }[];
      return { ...runtime, green, requests: emulator.requests, codes: problems.map(({ code }) => code) };
    },
  };
}

/** Returns a session with the credentials of a caller, for what tests read and write themselves. */
export function sessionOf(scene: Accounts, caller: Caller = scene.shared): Session {
  return new Session(fakeRuntime({ env: { ...addressesOf(scene), ...caller.credentials } }));
}

type Accounts = Pick<Scenario, 'emulator' | 'shared' | 'prod'>;

/** Returns the variables with the addresses of the emulator. */
function addressesOf({ emulator, shared, prod }: Accounts) {
  const endpoints = Object.fromEntries([
    ...[shared, prod].map(({ id, host, region: home }) => [host, emulator.registryUrl(id, home)]),
    [ecrPublicHost, emulator.ecrPublic.url],
  ]) as Record<string, string>;
  return { AWS_ENDPOINT_URL: emulator.api, TOWPATH_REGISTRY_ENDPOINTS: JSON.stringify(endpoints) };
}

/**
 * Returns a function that starts scenarios with the data of a prepared one, which is prepared once. In the copies all
 * scans are complete.
 *
 * @param options of the copies
 */
export function copiesOf(
  prepare: () => Promise<Scenario>,
  options: EmulatorOptions = {},
): () => Promise<Scenario> {
  let saved: Promise<string> | undefined;
  const save = async (): Promise<string> => {
    const { emulator } = await prepare();
    const folder = temporaryFolder();
    await cp(emulator.data, folder, { recursive: true });
    return folder;
  };
  return async () => {
    saved ??= save();
    const scene = await scenario({ ...options, copyOf: await saved });
    scene.emulator.advance(hour);
    return scene;
  };
}

/** Makes sleep advance the clock of the emulator without waiting, so that scans progress. */
function inEmulatorTime(runtime: FakeRuntime, emulator: Emulator): FakeRuntime {
  const { clock } = runtime;
  return {
    ...runtime,
    clock: {
      now: () => clock.now(),
      sleep: async (milliseconds, signal) => {
        await clock.sleep(milliseconds, signal);
        emulator.advance(milliseconds);
      },
    },
  };
}

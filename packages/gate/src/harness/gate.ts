import { findImages } from '@towpath/ecr';
import type { Action, CommonInputs } from '@towpath/flow';
import { md } from '@towpath/markdown';
import { parsePlatform } from '@towpath/reference';
import type { GatePolicy } from '@towpath/scan-policy';
import { Session } from '@towpath/session';
import type { Ending, Scenario } from '@towpath/testing';
import { collectScans, type CollectOptions, type ScannedImage } from '../collect.ts';
import { judgeImages, reasonsOf, type JudgedImage } from '../judge-images.ts';

/** The images of a test. Each has the tag `v1` in the repository of its name. */
export interface Gated extends Partial<CollectOptions> {
  /** The platforms that each image must have, by name. */
  readonly images: Readonly<Record<string, readonly string[]>>;
  readonly failOn?: GatePolicy['failOn'];
  readonly signal?: AbortSignal;
}

/** What a gate of a test ends with. */
export interface GateEnding extends Ending {
  /** Empty if the gate failed with an error. */
  readonly images: readonly JudgedImage[];
}

/** Collects the scans of images in the shared account, and judges them. */
export async function gate(
  scene: Scenario,
  { images, failOn = 'critical', signal, timeout = 15 * 60_000, ...options }: Gated,
): Promise<GateEnding> {
  const { id: account, host } = scene.shared;
  const registry = { kind: 'private', account, region: 'us-east-1', host } as const;
  const action: Action<CommonInputs, readonly ScannedImage[], readonly JudgedImage[], undefined, Session> = {
    name: 'gate',
    inputs: { names: [], shown: () => ({}), read: () => ({ value: { dryRun: false, planOut: undefined } }) },
    open: (_, runtime) => new Session(runtime),
    facts: async (_, session, runtime) => {
      const found = Object.entries(images).map(async ([name, platforms]) => {
        const root = (await findImages(session.ecr(registry), name, ['v1'])).get('v1');
        if (root === undefined) throw new Error(`${name} has no tag v1`);
        return {
          name,
          location: { registry, repository: name },
          root,
          platforms: platforms.flatMap((platform) => parsePlatform(platform) ?? []),
        };
      });
      return collectScans(await Promise.all(found), { timeout, ...options }, session, runtime);
    },
    plan: (_, scanned) => judgeImages(scanned, { policy: { failOn } }),
    describe: () => [],
    execute: () => Promise.resolve(undefined),
    report: (judged) => ({
      outputs: { images: JSON.stringify(judged) },
      summary: md``,
      refusals: judged.flatMap(reasonsOf),
    }),
  };
  const ending = await scene.play(action, { signal });
  return { ...ending, images: JSON.parse(ending.outputs.images ?? '[]') as JudgedImage[] };
}

import { findImages } from '@towpath/ecr';
import type { Action, CommonInputs } from '@towpath/flow';
import { md } from '@towpath/markdown';
import { parsePlatform } from '@towpath/reference';
import type { GatePolicy } from '@towpath/scan-policy';
import { Session } from '@towpath/session';
import type { Ending, Play, Scenario } from '@towpath/testing';
import { collectScans, type CollectOptions, type GateImage } from '../collect.ts';
import type { ScannedImage } from '../scanned-image.ts';
import { judgeImages, reasonsOf, type JudgedImage } from '../judge-images.ts';

/** The images of a test. Each is in the repository of its name. */
export interface Gated extends Partial<CollectOptions> {
  /** The platforms that each image must have, by name. */
  readonly images: Readonly<Record<string, readonly string[]>>;
  /** What differs from a policy that does not allow critical findings. */
  readonly policy?: Partial<GatePolicy>;
  /** The tag of the images of the baseline. Undefined: there is no baseline. */
  readonly baselineTag?: string;
  /** Default: `v1`. */
  readonly tag?: string;
  readonly signal?: AbortSignal;
  readonly as?: Play['as'];
}

/** What a gate of a test ends with. */
export interface GateEnding extends Ending {
  /** Empty if the gate failed with an error. */
  readonly images: readonly JudgedImage[];
}

/** Collects the scans of images in the shared account, and judges them. */
export async function gate(
  scene: Scenario,
  { images, policy, signal, as, tag = 'v1', baselineTag, timeout = 15 * 60_000, ...options }: Gated,
): Promise<GateEnding> {
  const { id: account, host } = scene.shared;
  const registry = { kind: 'private', account, region: 'us-east-1', host } as const;
  const action: Action<CommonInputs, readonly ScannedImage[], readonly JudgedImage[], undefined, Session> = {
    name: 'gate',
    inputs: {
      names: [],
      forms: {},
      shown: () => ({}),
      read: () => ({ value: { dryRun: false, planOut: undefined } }),
    },
    open: (_, runtime) => new Session(runtime),
    facts: async (_, session, runtime) => {
      const find = (wanted: string) =>
        Promise.all(
          Object.entries(images).map(async ([name, platforms]): Promise<GateImage> => {
            const root = (await findImages(session.ecr(registry), name, [wanted])).get(wanted);
            if (root === undefined) throw new Error(`${name} has no tag ${wanted}`);
            const required = platforms.flatMap((platform) => parsePlatform(platform) ?? []);
            return { name, location: { registry, repository: name }, root, platforms: required };
          }),
        );
      const baseline = baselineTag === undefined ? [] : await find(baselineTag);
      return collectScans(
        await find(tag),
        { timeout, baseline, attachedVex: policy?.attachedVex, ...options },
        session,
        runtime,
      );
    },
    plan: (_, scanned) => judgeImages(scanned, { policy: { failOn: 'critical', ...policy } }),
    describe: () => [],
    execute: () => Promise.resolve(undefined),
    report: (judged) => ({
      outputs: { images: JSON.stringify(judged) },
      summary: md``,
      refusals: judged.flatMap(reasonsOf),
    }),
  };
  const ending = await scene.play(action, { signal, as });
  return { ...ending, images: JSON.parse(ending.outputs.images ?? '[]') as JudgedImage[] };
}

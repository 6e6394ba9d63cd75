import { CodedError } from '@towpath/errors';
import { optional, readInputs, required, text } from '@towpath/flow';
import { openEnvironment, type EnvironmentEntry } from '@towpath/ledger';
import { heading, page, table } from '@towpath/markdown';
import { Locations, openProject } from '@towpath/project';
import { labelOf } from '@towpath/reference';
import { loaded } from './action-commands.ts';
import { readingAction } from './reading-action.ts';

type Image = EnvironmentEntry['images'][number];

/** An image in two environments. */
interface Compared {
  readonly name: string;
  readonly state: 'same' | 'different' | 'missing';
  readonly one?: Pick<Image, 'version' | 'digest'>;
  readonly other?: Pick<Image, 'version' | 'digest'>;
}

interface Comparison {
  readonly environments: readonly [string, string];
  readonly images: readonly Compared[];
}

const inputs = readInputs(
  { config: optional(text), region: optional(text), environment: required(text), other: required(text) },
  (values) => ({ ...values, only: [], dryRun: false, planOut: undefined }),
);

/** Compares the images that two environments run, by digest. */
export const diff = loaded(
  readingAction({
    name: 'diff',
    inputs,
    facts: async (given, session, runtime): Promise<Comparison> => {
      const { config } = await openProject(given, runtime);
      const locations = new Locations(config, session);
      const [one, other] = [
        await imagesOf(locations, given.environment),
        await imagesOf(locations, given.other),
      ];
      const names = [...new Set([...one.keys(), ...other.keys()])].sort();
      return {
        environments: [given.environment, given.other],
        images: names.map((name) => compare(name, one.get(name), other.get(name))),
      };
    },
    report: ({ environments, images }) => ({
      outputs: {
        images: JSON.stringify(images),
        different: String(images.filter(({ state }) => state !== 'same').length),
      },
      summary: page(
        heading(3, `${environments[0]} and ${environments[1]}`),
        table(
          ['Image', ...environments, ''],
          images.map(({ name, one, other, state }) => [name, describe(one), describe(other), state]),
        ),
      ),
    }),
  }),
);

async function imagesOf(locations: Locations, name: string): Promise<ReadonlyMap<string, Image>> {
  const environment = locations.environment(name);
  if (environment === undefined)
    throw new CodedError('input-invalid', 'build is not an environment that runs images.', {
      hint: 'Compare two environments of the configuration.',
    });
  const { history, location } = await openEnvironment(locations, environment);
  const [entry] = history;
  if (entry !== undefined) return new Map(entry.images.map((image) => [image.name, image]));
  throw new CodedError('release-missing', `The ledger ${labelOf(location)} has no entry of ${name}.`, {
    hint: `Promote a version to ${name} first.`,
  });
}

function compare(name: string, one: Image | undefined, other: Image | undefined): Compared {
  if (one === undefined || other === undefined)
    return { name, state: 'missing', ...pick('one', one), ...pick('other', other) };
  return {
    name,
    state: one.digest === other.digest ? 'same' : 'different',
    ...pick('one', one),
    ...pick('other', other),
  };
}

function pick(key: 'one' | 'other', image: Image | undefined): Partial<Compared> {
  return image === undefined ? {} : { [key]: { version: image.version, digest: image.digest } };
}

function describe(image: Compared['one']): string {
  return image === undefined ? '-' : `${image.version} (${image.digest.slice(7, 19)})`;
}

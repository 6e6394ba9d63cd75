import { creationSettings, writtenSettings } from '@towpath/config';
import { describeDeliveries, type DeploymentFolder } from '@towpath/delivery';
import { createRepositoryCommand, newRepository, type NewRepository } from '@towpath/ecr';
import { CodedError, type Problem } from '@towpath/errors';
import type { PlannedStep } from '@towpath/flow';
import type { BuiltImage } from '@towpath/image-set';
import { newLedger } from '@towpath/ledger';
import { labelOf, type RepositoryRef } from '@towpath/reference';
import type { RegistryFacts } from './destination.ts';
import type { PublishFacts } from './facts.ts';
import type { PublishInputs } from './inputs.ts';
import { planEntry, type PlannedEntry } from './plan-entry.ts';
import { planImage, type PlannedImage } from './plan-image.ts';

export interface PublishPlan {
  readonly version: string;
  /** The environment that the version enters first; undefined if the configuration has no environments. */
  readonly environment: string | undefined;
  readonly repositories: readonly { readonly location: RepositoryRef; readonly repository: NewRepository }[];
  readonly images: readonly PlannedImage[];
  readonly entries: readonly PlannedEntry[];
  readonly whole: boolean;
  /** Absolute path; undefined if the input `deployment-files` is not set. */
  readonly deploymentFolder: DeploymentFolder | undefined;
}

/** @throws CodedError that lists every reason why this version cannot be published */
export function plan(inputs: PublishInputs, facts: PublishFacts): PublishPlan {
  const destinations = facts.destinations.map((destination) => planDestination(inputs, facts, destination));
  const problems = [
    ...destinations.flatMap((destination) => destination.problems),
    ...differingImages(destinations.flatMap(({ images }) => images)),
  ];
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${facts.version} cannot be published: ${count} problems.`);
  const repositories = destinations.flatMap((destination) => destination.repositories);
  const byLabel = new Map(repositories.map((one) => [labelOf(one.location), one]));
  return {
    version: facts.version,
    environment: facts.environment,
    repositories: [...byLabel.values()],
    images: destinations.flatMap(({ images }) => images),
    entries: destinations.map(({ entry }) => entry),
    whole: facts.whole,
    deploymentFolder: facts.deploymentFolder,
  };
}

/**
 * Finds images with different digests in the registries. An image that is adopted in only one of them may differ
 * from the built one.
 */
function differingImages(images: readonly PlannedImage[]): readonly Problem[] {
  const first = new Map<string, PlannedImage>();
  return images.flatMap((image): Problem[] => {
    const { name, root, location } = first.get(image.name) ?? image;
    first.set(name, first.get(name) ?? image);
    if (root.digest === image.root.digest) return [];
    return [
      {
        code: 'tag-conflict',
        message: `Image ${name} of this version is ${root.digest} in ${labelOf(location)}, and would be ${image.root.digest} in ${labelOf(image.location)}.`,
        hint: 'If an earlier run of this version failed, re-run only its failed jobs, so that publish gets the images of the first build. Otherwise publish another version.',
      },
    ];
  });
}

function planDestination(
  inputs: PublishInputs,
  facts: PublishFacts,
  { images, ledger, entry }: RegistryFacts,
): Pick<PublishPlan, 'images' | 'repositories'> & {
  readonly entry: PlannedEntry;
  readonly problems: readonly Problem[];
} {
  const create = ({ location, built }: (typeof images)[number]) => ({
    location,
    repository: newRepository(
      location.repository,
      creationSettings(writtenSettings(facts.newRepositories, built.name)),
    ),
  });
  const missing = images.filter(({ settings }) => settings === undefined);
  const absent = inputs.createRepository
    ? []
    : missing.map(({ built, location }) => repositoryMissing(built, location));
  const planned = images.map((image) => planImage(image, inputs, facts, { ledger, entry }));
  const written = planEntry(inputs, facts, ledger, entry, planned);
  const { intent, release } = written.planned;
  const createsLedger = ledger.state === 'absent' && (intent ?? release) !== undefined;
  return {
    images: planned,
    repositories: [
      ...missing.map(create),
      ...(createsLedger ? [{ location: ledger.location, repository: newLedger(ledger.location) }] : []),
    ],
    entry: written.planned,
    problems: [...absent, ...planned.flatMap(({ conflicts }) => conflicts), ...written.problems],
  };
}

function repositoryMissing({ name }: BuiltImage, location: RepositoryRef): Problem {
  return {
    code: 'repository-missing',
    message: `The repository ${labelOf(location)} of image ${name} does not exist.`,
    hint: `Check the account, the region and the prefix of the registry. To create the repository, set create-repository: true (an input of publish and of the reusable workflow pipeline), or run: ${createRepositoryCommand(location.registry, location.repository)}`,
  };
}

export function describe({ repositories, images, entries }: PublishPlan): readonly PlannedStep[] {
  return [
    ...repositories.map(({ location, repository: { mutability } }) => ({
      what: `create repository ${labelOf(location)}, ${location.registry.kind === 'public' ? 'public' : mutability}`,
      why: 'it does not exist, and create-repository is set',
    })),
    ...images.filter(({ adopted }) => adopted).map(describeAdoption),
    ...entries.flatMap(describeIntent),
    ...describeDeliveries(images),
    ...entries.flatMap(describeRelease),
  ];
}

function describeAdoption({ name, root, location }: PlannedImage): PlannedStep {
  return {
    what: `adopt ${root.digest} in ${labelOf(location)} for ${name}`,
    why: 'the ledger lists it for this version, built from the same files',
  };
}

function describeIntent({ ledger, intent }: PlannedEntry): PlannedStep[] {
  if (intent === undefined) return [];
  const what = `write the intent of ${intent.version} into ${labelOf(ledger.location)}`;
  return [{ what, why: 'a later run of this version recognises these images by it' }];
}

function describeRelease({ ledger, kept, release }: PlannedEntry): PlannedStep[] {
  if (release !== undefined)
    return [
      {
        what: `write release ${release.version} into ${labelOf(ledger.location)}`,
        why: 'it completes the version',
      },
    ];
  if (kept === undefined) return [];
  return [
    {
      what: `keep release ${kept} in ${labelOf(ledger.location)}`,
      why: 'it has the same images',
    },
  ];
}

import type { Problem } from '@towpath/errors';
import {
  countTags,
  deliveries,
  findCollisions,
  unknownPrefix,
  type Collision,
  type Delivered,
} from './collisions.ts';
import { isLedgerName, ledgerRepository, type Config } from './config.ts';
import type { RegistrySource } from './registry-source.ts';
import type { Keys } from './keys.ts';
import { formatPath } from './validate.ts';

/** The maximum number of tags to compare. */
const maxTags = 100_000;

/** The maximum number of list items in a message. */
const maxShown = 4;

const separateEnvironments =
  'Put {environment} into the tags of each environment, for example tags: ["{environment}-{version}"], or give each environment its own registry or repository.';

/** Finds tags that two images or two environments would both set, and images that use the ledger's repository. */
export function tagProblems(config: Config, keys: Keys): readonly Problem[] {
  const count = countTags(config);
  if (count > maxTags) return [tooMany(config, count)];
  return [
    ...ledgerProblems(config, keys),
    ...findCollisions(config).map((collision) => describeCollision(collision, keys)),
  ];
}

function tooMany({ file, images, environments }: Config, count: number): Problem {
  return {
    code: 'config-invalid',
    message: `${images.length} images in ${environments.length} environments have ${count} tags: the maximum is ${maxTags}.`,
    hint: 'Split the configuration into several files, and name one with the input config.',
    position: { file },
  };
}

function ledgerProblems(config: Config, keys: Keys): readonly Problem[] {
  const found = deliveries(config).filter(
    ({ image, registry, repository }) =>
      isLedgerName(image.name) ||
      [config.registry, registry].some((source) => repository === ledgerIn(source)),
  );
  const firsts = Map.groupBy(found, ({ image }) => image.name).values();
  return [...firsts].flatMap(([one]) => {
    if (one === undefined) return [];
    const { image, registry, repository } = one;
    const isNamed = isLedgerName(image.name);
    return {
      code: 'config-invalid',
      message: `Image ${image.name} cannot use the repository ${isNamed ? ledgerIn(registry) : repository}: Towpath keeps its releases there.`,
      hint: isNamed
        ? keys.rename
        : `Use another repository, such as ${repository.replace(/towpath$/, image.name)}.`,
      position: keys.positionOf(isNamed ? keys.image(image.name) : repositoryKey(one, keys)),
    };
  });
}

function ledgerIn(source: RegistrySource): string {
  return source.kind === 'literal'
    ? ledgerRepository(source.registry)
    : ledgerRepository({ prefix: unknownPrefix });
}

function describeCollision({ users, targets }: Collision, keys: Keys): Problem {
  const ofImages = new Set(users.map(({ image }) => image.name)).size > 1;
  const ofSteps = new Set(users.map(stepOf)).size > 1;
  const described = users.slice(0, maxShown).map((user) => {
    const image = `image ${user.image.name}`;
    const who = ofImages ? (ofSteps ? `${image} by ${stepOf(user)}` : image) : stepOf(user);
    const path = ofImages ? repositoryKey(user, keys) : tagsKey(user);
    const position = keys.positionOf(path);
    return {
      position,
      text: position.line === undefined ? who : `${who} (${formatPath(path)}, line ${position.line})`,
    };
  });
  const tags = listed(targets.slice(0, maxShown), targets.length);
  const subjects = listed(
    described.map(({ text }) => text),
    users.length,
  );
  return {
    code: 'config-invalid',
    message: `${ofImages ? 'Several images' : 'Several steps'} would set ${tags}: ${subjects}.`,
    hint: [...(ofImages ? [keys.separate] : []), ...(ofSteps ? [separateEnvironments] : [])].join(' '),
    position: described[1]?.position,
  };
}

/** Returns the step that sets the tags of an image, for messages. */
function stepOf({ environment }: Delivered): string {
  return environment === undefined ? 'publish' : `promote to ${environment.name}`;
}

/** Returns the configuration key that determines the repository of an image. */
function repositoryKey({ image, environment }: Delivered, keys: Keys): readonly PropertyKey[] {
  if (environment?.repository !== undefined) return ['environments', environment.name, 'repository'];
  return keys.image(image.name, image.repository === undefined ? [] : ['repository']);
}

function tagsKey({ environment }: Delivered): readonly PropertyKey[] {
  return environment === undefined ? ['tags'] : ['environments', environment.name, 'tags'];
}

function listed(items: readonly string[], count: number): string {
  if (count > items.length) return `${items.join(', ')} and ${count - items.length} more`;
  const [last = ''] = items.slice(-1);
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}

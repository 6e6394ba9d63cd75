import { isDigest, type Digest } from '@towpath/reference';
import { authorize } from '../access/authorize.ts';
import type { Caller } from '../access/caller.ts';
import type { Ecr } from '../ecr.ts';
import { Refusal } from '../refusal.ts';
import { repositoryFor } from '../registry/creation-template.ts';
import { parseManifest } from '../registry/manifest.ts';
import { pushImage } from '../registry/push-image.ts';
import type { Registry } from '../registry/registry.ts';
import type { Repository } from '../registry/repository.ts';
import { isMutable } from '../registry/tag-mutability.ts';
import type { ImageIdentifier } from '../registry/exceptions.ts';
import { ruleFor, upstreamName, type PullThroughRule } from './rule.ts';
import { fetchLayer, fetchManifest, type UpstreamAddress, type UpstreamManifest } from './upstream.ts';
import { ownProperty } from '../own-property.ts';

/** ECR looks upstream once in this time whether a tag has moved (ECR User Guide, "Pull through cache"). */
const freshness = 24 * 60 * 60 * 1000;

/** A pull of an image, by whoever pulls it. */
export interface Pull {
  readonly ecr: Ecr;
  readonly caller: Caller;
  readonly registry: Registry;
  readonly name: string;
  readonly id: ImageIdentifier;
}

/**
 * Fetches the image from upstream, if the repository is a cache and the image is not in it or may be out of date.
 * What is cached is served when the upstream is away.
 *
 * @throws Refusal when the caller may not import, or the upstream cannot be read
 */
export async function importImage(pull: Pull): Promise<void> {
  const { ecr, caller, registry, name, id } = pull;
  const rule = ruleFor(registry.settings, name);
  const reference = id.imageDigest ?? id.imageTag;
  if (rule === undefined || reference === undefined || isFresh(pull)) return;
  const { account, region } = registry;
  const action = 'ecr:BatchImportUpstreamImage';
  authorize({ caller, action, account, region, registry, repository: name, roles: ecr.roles });
  const cached = isCached(pull);
  try {
    await ecr.importing.run(`${account}/${region}/${name}@${reference}`, () => update(pull, rule, reference));
  } catch (error) {
    if (!(error instanceof Refusal) || !cached) throw error;
  }
}

function isFresh(pull: Pull): boolean {
  const { registry, name, id, ecr } = pull;
  if (!isCached(pull)) return false;
  if (id.imageDigest !== undefined || id.imageTag === undefined) return true;
  const record = registry.find(name)?.record;
  if (record !== undefined && !isMutable(id.imageTag, record.mutability)) return true;
  return ecr.clock.now() - (ownProperty(record?.upstreamChecks ?? {}, id.imageTag) ?? 0) < freshness;
}

function isCached({ registry, name, id }: Pull): boolean {
  const record = registry.find(name)?.record;
  const digest = id.imageDigest ?? ownProperty(record?.tags ?? {}, id.imageTag ?? '');
  return digest !== undefined && record?.images[digest as Digest] !== undefined;
}

async function update(
  { ecr, registry, name }: Pull,
  rule: PullThroughRule,
  reference: string,
): Promise<void> {
  const address = ecr.upstreams.addressOf(rule, registry);
  const theirs = upstreamName(rule, name);
  const found = await fetchManifest(address, theirs, reference);
  if (found === undefined) return;
  const now = ecr.clock.now();
  const repository = await repositoryFor(registry, name, 'PULL_THROUGH_CACHE', now);
  await store({ ecr, registry, repository, address, theirs }, found, reference);
  if (!isDigest(reference)) {
    await repository.update((record) => ({
      ...record,
      upstreamChecks: { ...record.upstreamChecks, [reference]: now },
    }));
  }
}

/** From where to where. */
interface Route {
  readonly ecr: Ecr;
  readonly registry: Registry;
  readonly repository: Repository;
  readonly address: UpstreamAddress;
  readonly theirs: string;
}

/** Layers first, children first: an index comes with every image that it names. */
async function store(route: Route, { bytes, mediaType }: UpstreamManifest, reference: string): Promise<void> {
  const { ecr, registry, repository, address, theirs } = route;
  const manifest = parseManifest(bytes, mediaType);
  for (const child of manifest.children) {
    if (repository.record.images[child] !== undefined) continue;
    const found = await fetchManifest(address, theirs, child);
    if (found === undefined)
      throw new Refusal('UnableToGetUpstreamImageException', `${child} is not upstream`);
    await store(route, found, child);
  }
  for (const { digest } of manifest.blobs) {
    if (repository.layers.has(digest)) continue;
    const { id } = await registry.uploads.start(repository);
    await registry.uploads.append(id, repository, 0, await fetchLayer(address, theirs, digest));
    await registry.uploads.complete(id, repository, [digest]);
  }
  const named = isDigest(reference)
    ? { digest: reference, tag: undefined }
    : { digest: undefined, tag: reference };
  await pushImage(ecr, registry, repository, { bytes, mediaType, ...named });
}

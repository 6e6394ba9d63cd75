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
import { ruleFor, upstreamName } from './rule.ts';
import type { PullThroughRule } from '../registry/settings.ts';
import { fetchLayer, fetchManifest, type UpstreamAddress, type UpstreamManifest } from './upstream.ts';
import { ownProperty } from '../own-property.ts';

/** The minimum time between two upstream checks of a tag, in milliseconds (ECR User Guide, "Pull through cache"). */
const freshness = 24 * 60 * 60 * 1000;

/** A pull of an image by a caller. */
export interface Pull {
  readonly ecr: Ecr;
  readonly caller: Caller;
  readonly registry: Registry;
  readonly name: string;
  readonly id: ImageIdentifier;
}

/**
 * Imports an image from upstream, if the repository is a cache and the image is missing or may be outdated. Keeps a
 * cached image if the upstream is unavailable.
 *
 * @throws Refusal if the caller may not import or the upstream cannot be read
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
  const upstreamRepository = upstreamName(rule, name);
  const found = await fetchManifest(address, upstreamRepository, reference);
  if (found === undefined) return;
  const now = ecr.clock.now();
  const repository = await repositoryFor(registry, name, 'PULL_THROUGH_CACHE', now);
  await store({ ecr, registry, repository, address, upstreamRepository }, found, reference);
  if (!isDigest(reference)) {
    await repository.update((record) => ({
      ...record,
      upstreamChecks: { ...record.upstreamChecks, [reference]: now },
    }));
  }
}

/** The source and the destination of an import. */
interface Route {
  readonly ecr: Ecr;
  readonly registry: Registry;
  readonly repository: Repository;
  readonly address: UpstreamAddress;
  readonly upstreamRepository: string;
}

/** Imports an image after its children and layers. An index is imported with all its images. */
async function store(route: Route, { bytes, mediaType }: UpstreamManifest, reference: string): Promise<void> {
  const { ecr, registry, repository, address, upstreamRepository } = route;
  const manifest = parseManifest(bytes, mediaType);
  for (const child of manifest.children) {
    if (repository.record.images[child] !== undefined) continue;
    const found = await fetchManifest(address, upstreamRepository, child);
    if (found === undefined)
      throw new Refusal('UnableToGetUpstreamImageException', `the upstream has no ${child}`);
    await store(route, found, child);
  }
  for (const { digest } of manifest.blobs) {
    if (repository.layers.has(digest)) continue;
    const { id } = await registry.uploads.start(repository);
    await registry.uploads.append(id, repository, 0, await fetchLayer(address, upstreamRepository, digest));
    await registry.uploads.complete(id, repository, [digest]);
  }
  const named = isDigest(reference)
    ? { digest: reference, tag: undefined }
    : { digest: undefined, tag: reference };
  await pushImage(ecr, registry, repository, { bytes, mediaType, ...named });
}

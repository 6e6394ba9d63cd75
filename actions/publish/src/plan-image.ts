import { creationSettings, writtenSettings } from '@towpath/config';
import { lambdaRefusals, planTags, tagLock, type Delivery, type TagRules } from '@towpath/delivery';
import { newRepository } from '@towpath/ecr';
import type { Problem } from '@towpath/errors';
import { fingerprintTag, type BuiltImage } from '@towpath/image-set';
import { listedDigests, publisherOf, type Ledger, type LedgerEntry } from '@towpath/ledger';
import type { Graph, Manifest } from '@towpath/oci';
import type { Digest } from '@towpath/reference';
import type { ImageFacts, RegistryFacts } from './destination.ts';
import type { PublishFacts } from './facts.ts';
import type { PublishInputs } from './inputs.ts';

export interface PlannedImage extends Delivery {
  readonly built: BuiltImage;
  /** Whether an image that was published before from the same files replaces the built one. Nothing is copied. */
  readonly adopted: boolean;
  /** The number of attestations that are not sent, because the image in the registry has its own of these kinds. */
  readonly kept: number;
  /**
   * The reason why its fingerprint is not verified. Undefined: this step computed it, or the ledger lists it as
   * verified.
   */
  readonly doubt: string | undefined;
}

/** Plans the writes for one image in one registry. */
export function planImage(
  image: ImageFacts,
  inputs: PublishInputs,
  { newRepositories, doubts }: PublishFacts,
  { ledger, entry }: Pick<RegistryFacts, 'ledger' | 'entry'>,
): PlannedImage & { readonly conflicts: readonly Problem[] } {
  const { built, source, location, tags, graph, holders, kept, runs } = image;
  const settings =
    image.settings ??
    newRepository(location.repository, creationSettings(writtenSettings(newRepositories, built.name)));
  const rules = { location, settings, rendered: tags, movesVersions: inputs.moveVersionTags };
  const adopted = inputs.expected === undefined ? adoptable(image, entry, rules) : undefined;
  const root = adopted ?? rootOf(graph, built);
  const doubt = adopted === undefined ? doubts.get(built.name) : whyUnlisted(adopted, image, entry);
  const { moves, conflicts, check } = planTags(tags, root, {
    ...rules,
    holders,
    origin: (digest) => describeOrigin(digest, entry, runs, ledger),
    advice: adviceFor(inputs, ledger),
  });
  const marked = image.lambda === true && { lambda: image.lambda };
  return {
    name: built.name,
    ...marked,
    built,
    location,
    root,
    platforms: image.platforms.get(root.digest) ?? {},
    adopted: adopted !== undefined,
    kept,
    doubt,
    ...(adopted === undefined && {
      content: { source, graph: doubt === undefined ? withFingerprint(image, rules) : graph },
    }),
    moves,
    check,
    conflicts: [...conflicts, ...lambdaRefusals({ name: built.name, root, location, ...marked })],
    skipped: tags.skipped,
  };
}

/**
 * Finds an image that replaces the built one: the image of the release, or one with an immutable tag of this
 * version. The ledger must list it for this version with the same fingerprint. An annotation is no proof.
 */
function adoptable(
  { built, location, tags, holders }: ImageFacts,
  entry: LedgerEntry,
  rules: TagRules,
): Manifest | undefined {
  const { name, digest, fingerprint } = built;
  const listed = listedDigests(entry, { name, repository: location.repository, fingerprint });
  const released = entry.release?.images.find((image) => image.name === name);
  const locked = tags.tags.filter((tag) => tagLock(tag, rules) !== undefined);
  return [released?.digest ?? '', ...locked]
    .map((key) => holders.get(key))
    .find((holder) => holder !== undefined && holder.digest !== digest && listed.has(holder.digest));
}

/**
 * Returns the reason why the fingerprint of an adopted image is not verified. The claims of a build about another
 * image are no proof.
 */
function whyUnlisted(
  { digest }: Manifest,
  { built: { name, fingerprint }, location: { repository } }: ImageFacts,
  entry: LedgerEntry,
): string | undefined {
  const listed = listedDigests(entry, { name, repository, fingerprint, verified: true });
  return listed.has(digest) ? undefined : 'the ledger lists it without a verified fingerprint';
}

/**
 * Adds the fingerprint tag to the image, at no extra request. If another build already holds that tag and the
 * repository is immutable, the tag stays.
 */
function withFingerprint(
  { graph, built: { digest, fingerprint }, holders, unreadable }: ImageFacts,
  rules: TagRules,
): Graph {
  const tag = fingerprintTag(fingerprint);
  const isTaken = holders.has(tag) || unreadable.has(tag);
  if (isTaken && tagLock(tag, rules) !== undefined) return graph;
  return {
    ...graph,
    manifests: graph.manifests.map((move) => (move.manifest.digest === digest ? { ...move, tag } : move)),
  };
}

function rootOf({ manifests }: Graph, { digest }: BuiltImage): Manifest {
  const root = manifests.find(({ manifest }) => manifest.digest === digest);
  if (root === undefined) throw new Error('an image has a manifest');
  return root.manifest;
}

/**
 * Describes the run behind a conflicting image. The ledger records who published it; its provenance records who
 * built it.
 */
function describeOrigin(
  digest: Digest,
  entry: LedgerEntry,
  runs: ImageFacts['runs'],
  ledger: Ledger,
): string {
  const publisher = publisherOf(entry, digest);
  if (publisher !== undefined)
    return publisher.run === undefined
      ? 'The ledger does not record its run.'
      : `It was published by ${publisher.run}.`;
  const run = runs.get(digest);
  if (run !== undefined) return `It was built by ${run}, as its provenance says.`;
  return ledger.state === 'kept'
    ? 'The run that published it is unknown: the ledger does not list it for this version, and it has no provenance.'
    : 'The run that published it is unknown: there is no ledger, and it has no provenance.';
}

/** Returns the hint for a tag that names a different image from the one to publish. */
function adviceFor({ expected }: PublishInputs, { state, location }: Ledger): string {
  if (expected !== undefined)
    return 'With the input images, only the digests of this build are published. If an earlier run of this version failed, re-run only its failed jobs, so that publish gets the images of the first build. Otherwise publish another version.';
  if (location.registry.kind === 'public')
    return 'Publish another version, or publish the image set of the first build again.';
  const condition = 'Publish another version. A rebuild from the same files is accepted only with a ledger';
  switch (state) {
    case 'kept':
      return 'Publish another version. A published version never changes.';
    case 'off':
      return `${condition}: remove ledger: off from the configuration before the next version.`;
    case 'absent':
    case 'unreadable':
      return `${condition}. Before the next version, create it with create-repository: true, or run: aws ecr create-repository --repository-name ${location.repository} --image-tag-mutability IMMUTABLE`;
  }
}

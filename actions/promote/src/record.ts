import { entryTag, nextEntry, type EntryRequest, type EnvironmentEntry, type Release } from '@towpath/ledger';
import type { Problem } from '@towpath/errors';
import type { Manifest } from '@towpath/oci';
import type { RepositoryRef } from '@towpath/reference';
import { highestVersion } from './adopt.ts';
import type { ImageFacts, PromoteFacts } from './facts.ts';
import type { ImageVerdict } from './gate.ts';
import type { PromoteInputs } from './inputs.ts';
import type { MovingTags, StaleTags } from './stale-tags.ts';

/** An image that gets a tag of an entry, because no tag holds its version. */
export interface KeptImage {
  readonly location: RepositoryRef;
  readonly root: Manifest;
  readonly tag: string;
}

/** What is written to the ledger of the target's registry. Plain data. */
export interface PlannedRecord {
  readonly ledger: Pick<PromoteFacts['environment'], 'state' | 'location'>;
  /** Whether the repository of the ledger is created. */
  readonly creates: boolean;
  /** The release to copy. */
  readonly release?: Release;
  /** The first entry of an environment that had images, but no entries. */
  readonly adoption?: EnvironmentEntry;
  /** Undefined if nothing is recorded. */
  readonly request?: EntryRequest;
  /** The entry to write, unless another run is faster. Undefined if the last entry has the same set. */
  readonly entry?: EnvironmentEntry;
  /** What the statement about the promotion says if no entry is recorded. */
  readonly stated: EnvironmentEntry;
  /** The last entry before this run. */
  readonly last?: EnvironmentEntry;
  /** Images that would lose their last tag, although an entry lists them. They are tagged first. */
  readonly kept: readonly KeptImage[];
  /** The names of the images to deliver that no tag with their version keeps. */
  readonly untagged: readonly string[];
  /** The moving tags of images that stay. They are set after the entry. */
  readonly stale: readonly StaleTags[];
  /** How the moving tags are rendered, to follow a newer entry of another run. */
  readonly tags: MovingTags;
}

/** Plans what is written to the ledger, and reports why the promotion is not allowed by the order of versions. */
export function planRecord(
  inputs: Pick<
    PromoteInputs,
    'rollback' | 'breakGlass' | 'reason' | 'allowOlder' | 'createLedger' | 'only' | 'attestations'
  >,
  facts: PromoteFacts,
  verdicts: readonly ImageVerdict[],
): { readonly record: PlannedRecord; readonly problems: readonly Problem[] } {
  const { environment, target, releases, tagFacts } = facts;
  const { state, location, history } = environment;
  const creates = state === 'absent' && inputs.createLedger;
  const tags = { templates: target.tags, facts: { ...tagFacts, environment: target.name } };
  const common = { ledger: { state, location }, creates, tags };
  const request = planRequest(inputs, facts, verdicts);
  const stated = firstEntry(request);
  if (state !== 'kept' && !creates)
    return { record: { ...common, stated, kept: [], untagged: [], stale: [] }, problems: [] };
  const adoption = planAdoption(facts);
  const [last = adoption] = history;
  const { entry, problems } = nextEntry(request, last);
  const record: PlannedRecord = {
    ...common,
    ...(releases.copied !== undefined && { release: releases.copied }),
    ...(adoption !== undefined && { adoption }),
    request,
    stated,
    ...(entry !== undefined && { entry }),
    ...(last !== undefined && { last }),
    kept: [...keptAdoptions(facts), ...keptVersions(facts)],
    stale: facts.stale,
    untagged: facts.images.filter((image) => needsTag(image, entry ?? last)).map(({ image }) => image.name),
  };
  return { record, problems };
}

/** Returns the entry that an environment without a ledger would have. */
function firstEntry(request: EntryRequest): EnvironmentEntry {
  const { entry } = nextEntry(request, undefined);
  if (entry === undefined) throw new Error('the first entry differs from nothing');
  return entry;
}

function planRequest(
  { rollback, breakGlass, reason, allowOlder, only, attestations }: Parameters<typeof planRecord>[0],
  facts: PromoteFacts,
  verdicts: readonly ImageVerdict[],
): EntryRequest {
  const { version, source, images, absent, restores, releases, target, now } = facts;
  const { run, actor, repository, revision, ref } = facts.ci;
  return {
    environment: target.name,
    kind: rollback ? 'rollback' : breakGlass === undefined ? 'promotion' : 'break-glass',
    version,
    ...{ from: source, restores, reason: breakGlass ?? reason, run, actor },
    when: now.toISOString(),
    source: { repository, revision, ref },
    ...(attestations === 'skip' && images.some(({ content }) => content !== undefined) && { attestations }),
    images: images.map(({ image: { name }, version: own, root, target: { repository: in_ } }) => {
      const { verdict, policy } = verdicts.find((one) => one.name === name) ?? {};
      return { name, repository: in_, digest: root.digest, version: own, verdict, policy };
    }),
    keeps: only.length > 0 ? 'all' : absent.map(({ name }) => name),
    allowOlder,
    published: releases.published,
  };
}

function planAdoption({ adopted, target, now, ci }: PromoteFacts): EnvironmentEntry | undefined {
  if (adopted.length === 0) return undefined;
  const images = adopted.map(({ image }) => image).sort((one, other) => (one.name < other.name ? -1 : 1));
  const { run, actor, repository, revision, ref } = ci;
  return {
    schemaVersion: 1,
    environment: target.name,
    number: 1,
    kind: 'adoption',
    version: highestVersion(images.map(({ version }) => version)),
    when: now.toISOString(),
    ...{ actor, run },
    source: { repository, revision, ref },
    images,
  };
}

function keptAdoptions({ adopted, environment, target }: PromoteFacts): readonly KeptImage[] {
  return adopted.flatMap(({ image, untagged }) => {
    if (untagged === undefined) return [];
    const location = { registry: environment.location.registry, repository: image.repository };
    return { location, root: untagged, tag: entryTag(target.name, 1) };
  });
}

/** Returns the images of earlier entries from which a tag with their version is moved away. */
function keptVersions({
  images,
  environment: { history },
  target: environment,
}: PromoteFacts): readonly KeptImage[] {
  return images.flatMap(({ image, target, targetTags, holders, root }) =>
    targetTags.versioned.flatMap((tag): readonly KeptImage[] => {
      const holder = holders.get(tag);
      if (holder === undefined || holder.digest === root.digest) return [];
      const entry = history.find((one) =>
        one.images.some(({ name, digest }) => name === image.name && digest === holder.digest),
      );
      return entry === undefined
        ? []
        : [{ location: target, root: holder, tag: entryTag(environment.name, entry.number) }];
    }),
  );
}

/** Returns whether an image needs a tag of its entry, because none of its tags holds its version. */
function needsTag({ targetTags, holders, root }: ImageFacts, entry: EnvironmentEntry | undefined): boolean {
  if (entry === undefined || targetTags.versioned.length > 0) return false;
  return holders.get(entryTag(entry.environment, entry.number))?.digest !== root.digest;
}

import { describe, expect, test } from '@jest/globals';
import type { PrivateEcr, Repository } from '@towpath/ecr';
import { parseManifest, mediaTypes } from '@towpath/oci';
import { digestOf } from '@towpath/reference';
import { describeTag, planTags } from './tag-moves.ts';

const registry = {
  kind: 'private',
  account: '111122223333',
  region: 'us-east-1',
  host: '111122223333.dkr.ecr.us-east-1.amazonaws.com',
} as PrivateEcr;
const location = { registry, repository: 'payroll/web' };
const root = parseManifest(
  Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf('{}'), size: 2 },
      layers: [],
    }),
  ),
  mediaTypes.ociManifest,
);

function conflictOf(settings: Pick<Repository, 'mutability' | 'exclusions'>) {
  const rendered = { tags: ['latest'], moving: ['latest'], versioned: [], outranked: [] };
  const facts = { settings, location, movesVersions: false, holders: new Map() };
  return planTags(rendered, root, facts).conflicts[0];
}

describe('the error for a tag that must move in an immutable repository', () => {
  test.each([
    { mutability: 'IMMUTABLE', exclusions: [], filters: 'filterType=WILDCARD,filter=latest' },
    {
      mutability: 'IMMUTABLE_WITH_EXCLUSION',
      exclusions: ['pr-*'],
      filters: `filterType=WILDCARD,filter='pr-*' filterType=WILDCARD,filter=latest`,
    },
  ] as const)('shows the command for $mutability', ({ mutability, exclusions, filters }) => {
    expect(conflictOf({ mutability, exclusions })).toEqual({
      code: 'tag-conflict',
      message: `Tag latest must move with every version, but it is immutable in the repository ${registry.host}/payroll/web.`,
      hint: `Remove latest from the tags, or let it move. For a repository that does not exist yet, add it to repositories.except in towpath.yaml. For an existing one, run: aws ecr put-image-tag-mutability --registry-id 111122223333 --region us-east-1 --repository-name payroll/web --image-tag-mutability IMMUTABLE_WITH_EXCLUSION --image-tag-mutability-exclusion-filters ${filters}`,
    });
  });

  test('says to remove the filter for MUTABLE_WITH_EXCLUSION', () => {
    expect(conflictOf({ mutability: 'MUTABLE_WITH_EXCLUSION', exclusions: ['lat*'] })?.hint).toBe(
      'Remove latest from the tags, or let it move. In the repository, remove the exclusion filter that covers latest.',
    );
  });
});

test('shows full digests in a plan, so that they can be copied', () => {
  const before = digestOf('another image');
  const move = { tag: 'dev', action: 'move', before, isMoving: true } as const;
  expect(describeTag(move, root, location)).toEqual({
    what: `move ${registry.host}/payroll/web:dev → ${root.digest}`,
    why: `it names ${before}, and may change`,
  });
});

import { expect, test } from '@jest/globals';
import { CodedError } from '@towpath/errors';
import { groupBySubject } from './groups.ts';
import { membersOf, type PlatformImages } from './platforms.ts';

test('an index, the images for its platforms and all attestations are one group', () => {
  const platforms: PlatformImages = new Map<
    string,
    readonly { digest: string; platform: string }[] | CodedError
  >([
    [
      'index',
      [
        { digest: 'amd', platform: 'linux/amd64' },
        { digest: 'arm', platform: 'linux/arm64' },
        { digest: 'other', platform: '' },
      ],
    ],
    ['broken', new CodedError('digest-mismatch', 'the index has another digest')],
  ]);
  const members = membersOf({ platforms, subjects: { sbom: 'index', signature: 'sbom', arms: 'arm' } });
  expect(members.get('index')).toEqual({ platforms: ['linux/amd64', 'linux/arm64'] });
  expect(members.get('other')).toEqual({ belongsTo: 'index', platforms: [] });
  const listed = ['amd', 'arm', 'arms', 'broken', 'index', 'other', 'sbom', 'signature'];
  const shown = groupBySubject(listed.map((digest) => ({ digest, ...members.get(digest) }))).map(
    ({ image, depth }) => '.'.repeat(depth) + image.digest,
  );
  expect(shown).toEqual(['broken', 'index', '.amd', '.arm', '..arms', '.other', '.sbom', '..signature']);
});

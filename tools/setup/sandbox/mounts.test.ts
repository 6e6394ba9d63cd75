import { expect, test } from '@jest/globals';
import { mountsUnder } from './mounts.js';

const mountinfo = `22 27 0:21 / /proc rw,relatime - proc proc rw
44 27 0:39 / /cache/buildkit/1/root/mounts/a rw,relatime - overlay overlay rw,lowerdir=/cache/buildkit/1/root/6
45 27 0:40 / /cache/buildkit/1/root/with\\040space rw - overlay overlay rw
46 27 0:41 / /cache/buildkit/10/root/mounts/b rw - overlay overlay rw
47 45 0:42 / /cache/buildkit/1/root/with\\040space/proc rw - proc proc rw
`;

test('finds the mounts in a folder but not in folders with a similar name, the last mounted first', () => {
  expect(mountsUnder('/cache/buildkit/1', mountinfo)).toEqual([
    '/cache/buildkit/1/root/with space/proc',
    '/cache/buildkit/1/root/with space',
    '/cache/buildkit/1/root/mounts/a',
  ]);
});

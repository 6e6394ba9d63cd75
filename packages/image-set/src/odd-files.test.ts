import { expect, test } from '@jest/globals';
import { temporaryFolder } from '@towpath/testing/folder';
import { linkToDevice, makeOdd, oddFiles } from '@towpath/testing/odd-files';
import { join } from 'node:path';
import { readImageSet } from './files.ts';

const says = expect.stringMatching(/ is a |has \d+ bytes/) as unknown;

test.each([...oddFiles, linkToDevice])('refuses $kind in place of images.json', async (odd) => {
  const folder = temporaryFolder();
  makeOdd(odd, join(folder, 'images.json'));
  await expect(readImageSet(folder)).rejects.toMatchObject({ code: 'image-set-invalid', message: says });
});

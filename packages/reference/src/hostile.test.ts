import { describe, expect, test } from '@jest/globals';
import { fuzz, survivesAttacks } from '@towpath/fuzz';
import { isDigest } from './digest.ts';
import { parseEcrHost } from './ecr-host.ts';
import { parseKnownPlatform } from './known-platform.ts';
import { parsePlatform } from './platform.ts';
import { upstreamHost } from './pull-through.ts';
import { parseReference } from './reference.ts';
import { parsePrivateRegistry, parseRegistry } from './registry.ts';
import { isRepositoryName } from './repository.ts';
import { isTag } from './tag.ts';

const corpus = new URL('./hostile.corpus.json', import.meta.url);
const hosts = ['111122223333.dkr.ecr.', 'us-east-', 'public.ecr.aws/', 'https://', 'a/', 'a-', '[::', ':1'];

const readers: readonly { name: string; read: (text: string) => unknown; pieces: readonly string[] }[] = [
  { name: 'a reference', read: parseReference, pieces: ['docker.io/', '@sha256:', ':tag', ...hosts] },
  { name: 'a registry', read: parseRegistry, pieces: hosts },
  { name: 'a private registry', read: parsePrivateRegistry, pieces: hosts },
  { name: 'the host of a registry', read: parseEcrHost, pieces: hosts },
  { name: 'an upstream', read: upstreamHost, pieces: hosts },
  { name: 'a repository', read: isRepositoryName, pieces: ['a__', 'a--', 'a/'] },
  { name: 'a tag', read: isTag, pieces: ['1.'] },
  { name: 'a digest', read: isDigest, pieces: ['sha256:', 'f'] },
  { name: 'a platform', read: parsePlatform, pieces: ['linux/', 'arm64/', 'v8.'] },
  { name: 'a known platform', read: parseKnownPlatform, pieces: ['linux/', 'arm64/', 'v8.'] },
];

describe.each(readers)('$name', ({ name, read, pieces }) => {
  test('ends in time, whatever repeats', () => {
    survivesAttacks(read, pieces);
  });

  test('ends in time, whatever is mixed', () => {
    fuzz(read, pieces, { file: corpus, name });
  });
});

test('an upstream loses the slashes at its end, however many they are', () => {
  expect(upstreamHost(`https://quay.io${'/'.repeat(200_000)}`)).toBe('quay.io');
});

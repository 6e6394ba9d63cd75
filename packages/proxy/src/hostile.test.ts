import { describe, test } from '@jest/globals';
import { fuzz, survivesAttacks } from '@towpath/fuzz';
import { isBuilderArg } from './build-args.ts';
import { maskableLines, proxyMasks } from './masks.ts';
import { proxyName, proxyOf } from './proxy.ts';
import { redactText } from './redact.ts';

const corpus = new URL('./hostile.corpus.json', import.meta.url);
const proxy = proxyOf({ HTTP_PROXY: 'http://user:s3cret-word@proxy.example' });

const readers: readonly { name: string; read: (text: string) => unknown; pieces: readonly string[] }[] = [
  { name: 'a secret', read: (text) => maskableLines([text]), pieces: ['secret\n', '\r\n'] },
  {
    name: 'the address of a proxy',
    read: (text) => proxyMasks(proxyOf({ HTTPS_PROXY: text, NO_PROXY: text })),
    pieces: ['http://', 'a:b@', '%41', '%'],
  },
  {
    name: 'a log',
    read: (text) => redactText(text, proxy),
    pieces: ['s3cret-', 's3cret-word', 'user:'],
  },
  {
    name: 'a name',
    read: (text) => [isBuilderArg(text), proxyName(text)],
    pieces: ['AWS_'],
  },
];

describe.each(readers)('$name', ({ name, read, pieces }) => {
  test('ends in time with repeated input', () => {
    survivesAttacks(read, pieces);
  });

  test('ends in time with mixed input', () => {
    fuzz(read, pieces, { file: corpus, name });
  });
});

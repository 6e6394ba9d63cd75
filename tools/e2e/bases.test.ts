import { expect, test } from '@jest/globals';
import { buildx } from '@towpath/stage';
import { baseImages } from '@towpath/dockerfile';
import { parseReference } from '@towpath/reference';
import fc from 'fast-check';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {} from './scene.ts';

/** Nothing answers there: an image of it that is not given cannot be had. */
const registry = '127.0.0.1:9';

const value = fc.constantFrom(
  '1.2.3',
  '"a b"',
  "'x.y'",
  'a\\ b',
  '$A',
  '${B:-z}',
  '"${A}-$B"',
  '',
  '""',
  'x.y',
);
const declaration = fc
  .tuple(fc.constantFrom('A', 'B', 'C', 'TARGETARCH'), fc.option(value, { freq: 3 }))
  .map(([name, given]) => (given === null ? name : `${name}=${given}`));
const parting = fc.constantFrom(' ', '  ', ' \\\n  ', ' \\\n# a comment\n', ' \\\n\n\t');
const arg = fc
  .tuple(
    fc.constantFrom('ARG ', 'arg ', '  ARG\t'),
    fc.array(declaration, { minLength: 1, maxLength: 3 }),
    parting,
  )
  .map(([keyword, declarations, part]) => keyword + declarations.join(part));
const well = [
  ...[
    'a',
    '1',
    '.b',
    '-',
    '"q"',
    "'r'",
    '\\s',
    '$A',
    '${B}',
    '$C',
    '$TARGETARCH',
    '${BUILDOS}',
    '$TARGETSTAGE',
  ],
  ...[
    '${A:-x}',
    '${B-y}',
    '${A:+z}',
    '${C+w}',
    '${B:-${A:-v}}',
    '${A#*.}',
    '${A##*.}',
    '${A%.*}',
    '${A%%.*}',
  ],
  ...['${A/./-}', '${A//./_}', '${A#1}', '${C%?}', '${A/\\//-}'],
];
/** What BuildKit may refuse. */
const ill = ['${A:?gone}', '${A:#x}', '${', "'"];
const piece = fc.oneof({ arbitrary: fc.constantFrom(...well), weight: 30 }, fc.constantFrom(...ill));
const tag = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(''));
const from = fc
  .tuple(fc.constantFrom('FROM ', 'from ', 'FROM --platform=$BUILDPLATFORM ', 'FROM \\\n# why\n '), tag)
  .map(([keyword, text]) => `${keyword}${registry}/i:t${text}`);
const between = fc.constantFrom(
  '# FROM not',
  'RUN <<EOF\nFROM not\nEOF',
  'RUN --network=none <<-"A" cat && <<B cat\nFROM not\n\tA\nCOPY --from=not a b\nB',
  `RUN echo "<<EOF" \\\n && true`,
  `COPY --link --from=${registry}/copied:1 / /`,
  `RUN --mount=type=bind,target=/m,"from=${registry}/mounted:1" --mount=type=cache,target=/c true`,
  'RUN ["echo", "<<EOF"]',
  'ARG A=late',
);
const dockerfile = fc
  .record({
    escape: fc.constantFrom('\\', '\\', '`'),
    args: fc.array(arg, { maxLength: 3 }),
    stages: fc.array(fc.tuple(from, fc.array(between, { maxLength: 2 })), { minLength: 1, maxLength: 3 }),
    end: fc.constantFrom('\n', '\n', '\r\n'),
    mark: fc.constantFrom('', '', '\uFEFF'),
  })
  .map(({ escape, args, stages, end, mark }) => {
    const named = stages.map(([first, rest], index) => [`${first} AS s${index}`, ...rest].join('\n'));
    const all = stages.map((_, index) => `COPY --from=S${index} / /`);
    const text = [...args, ...named, 'FROM scratch AS last', ...all].join('\n').replaceAll('\\', escape);
    return mark + `${escape === '`' ? '# escape=`\n' : ''}${text}\n`.replaceAll('\n', end);
  });

/** What BuildKit says of a Dockerfile that it does not even begin to build. */
const refusals =
  /failed to process|failed to parse stage name|failed to parse platform|invalid reference format|bad substitution|not allowed to be|unsupported modifier|invalid context name|requires either one or three arguments|unterminated heredoc/;

test('the images of a Dockerfile are those that BuildKit takes from outside, however they are written', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'towpath-bases-'));
  const image = join(folder, 'image');
  await mkdir(image);
  const path = join(folder, 'Dockerfile');
  let built = 0;
  for (const text of fc.sample(dockerfile, { numRuns: 25, seed: 5 })) {
    await writeFile(path, text);
    const amd64 = { os: 'linux', architecture: 'amd64' };
    const found = baseImages(text, {
      args: new Map([['C', 'given.1']]),
      platforms: [amd64],
      buildPlatform: amd64,
    });
    // Nothing but these is there. BuildKit does not run what it is told to check, but looks up every image.
    const contexts = found
      .filter((name) => parseReference(name) !== undefined)
      .map((name) => `--build-context=${name}=${image}`);
    const said = await buildx(
      'build',
      '--call=check',
      `--file=${path}`,
      '--platform=linux/amd64',
      '--build-arg=C=given.1',
      ...contexts,
      folder,
    ).catch(String);
    const isRefused = refusals.test(said);
    if (!isRefused) built += 1;
    expect({ text, said: isRefused ? '' : said }).toEqual({
      text,
      said: expect.not.stringContaining('ERROR'),
    });
    if (!isRefused) expect(found.map((name) => parseReference(name)?.host)).not.toContain(undefined);
  }
  expect(built).toBeGreaterThan(12);
  await rm(folder, { recursive: true });
}, 120_000);

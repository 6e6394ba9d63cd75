import { expect, test } from '@jest/globals';
import { buildx } from '@towpath/stage';
import { baseImages } from '@towpath/dockerfile';
import { parseReference } from '@towpath/reference';
import fc from 'fast-check';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {} from './scene.ts';

/** No server listens here, so every image that is not replaced by a build context fails. */
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
const separator = fc.constantFrom(' ', '  ', ' \\\n  ', ' \\\n# a comment\n', ' \\\n\n\t');
const arg = fc
  .tuple(
    fc.constantFrom('ARG ', 'arg ', '  ARG\t'),
    fc.array(declaration, { minLength: 1, maxLength: 3 }),
    separator,
  )
  .map(([keyword, declarations, text]) => keyword + declarations.join(text));
const validPieces = [
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
/** Pieces that BuildKit may reject. */
const invalidPieces = ['${A:?gone}', '${A:#x}', '${', "'"];
const piece = fc.oneof(
  { arbitrary: fc.constantFrom(...validPieces), weight: 30 },
  fc.constantFrom(...invalidPieces),
);
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

/** Errors of BuildKit for a Dockerfile that it rejects before the build. */
const rejections =
  /failed to process|failed to parse stage name|failed to parse platform|invalid reference format|bad substitution|not allowed to be|unsupported modifier|invalid context name|requires either one or three arguments|unterminated heredoc/;

test('baseImages returns the images that BuildKit pulls, in every syntax of a Dockerfile', async () => {
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
    // Only these images exist. `--call=check` runs no steps, but it looks up every image.
    const contexts = found
      .filter((name) => parseReference(name) !== undefined)
      .map((name) => `--build-context=${name}=${image}`);
    const printed = await buildx(
      'build',
      '--call=check',
      `--file=${path}`,
      '--platform=linux/amd64',
      '--build-arg=C=given.1',
      ...contexts,
      folder,
    ).catch(String);
    const isRejected = rejections.test(printed);
    if (!isRejected) built += 1;
    expect({ text, printed: isRejected ? '' : printed }).toEqual({
      text,
      printed: expect.not.stringContaining('ERROR'),
    });
    if (!isRejected) expect(found.map((name) => parseReference(name)?.host)).not.toContain(undefined);
  }
  expect(built).toBeGreaterThan(12);
  await rm(folder, { recursive: true });
}, 120_000);

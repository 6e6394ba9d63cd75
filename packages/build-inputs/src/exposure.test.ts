import { describe, expect, test } from '@jest/globals';
import { declarations, usesInRun } from '@towpath/dockerfile';
import { proxyLeaks, proxyRefusals, proxyWarnings, type ProxiedImage } from './exposure.ts';
import { proxyOf } from '@towpath/proxy';

const secret = { HTTPS_PROXY: 'http://tug:s3cret@proxy.example:3128', NO_PROXY: 'a:b@c' };
const open = { HTTPS_PROXY: 'http://proxy.example:3128', NO_PROXY: '.corp.test' };

function imageOf(
  lines: readonly string[],
  env: Record<string, string>,
  persists = false,
  args = new Map<string, string>(),
): ProxiedImage {
  const text = lines.join('\n');
  return {
    name: 'web',
    proxy: proxyOf(env),
    args,
    persists,
    file: 'web/Dockerfile',
    declarations: declarations(text),
    uses: usesInRun(text),
  };
}

interface Case {
  readonly name: string;
  readonly lines: readonly string[];
  readonly env: Record<string, string>;
  readonly persists?: boolean;
  readonly refused?: readonly (number | undefined)[];
  readonly warned?: readonly number[];
}

describe('an image that is built with a proxy', () => {
  test.each<Case>([
    { name: 'that declares nothing', lines: ['FROM a', 'RUN true'], env: secret },
    { name: 'that declares other variables', lines: ['ARG V=1', 'FROM a', 'ENV PATH=/bin'], env: secret },
    {
      name: 'that declares a password by ARG',
      lines: ['FROM a', 'ARG HTTPS_PROXY'],
      env: secret,
      refused: [2],
    },
    {
      name: 'that declares it in lower case',
      lines: ['FROM a', 'ARG https_proxy=x'],
      env: secret,
      refused: [2],
    },
    {
      name: 'that declares it by ENV',
      lines: ['FROM a', 'ENV A=1 https_proxy=x'],
      env: secret,
      refused: [2],
    },
    {
      name: 'that declares it in two places',
      lines: ['ARG HTTPS_PROXY', 'FROM a', 'ARG HTTPS_PROXY', 'ENV HTTPS_PROXY=$HTTPS_PROXY'],
      env: secret,
      refused: [1, 3, 4],
    },
    { name: 'that declares a variable without a value', lines: ['FROM a', 'ARG FTP_PROXY'], env: secret },
    {
      name: 'that declares a variable that is not an address',
      lines: ['FROM a', 'ARG NO_PROXY'],
      env: secret,
      warned: [2],
    },
    {
      name: 'that declares a proxy without a password',
      lines: ['FROM a', 'ARG HTTPS_PROXY'],
      env: open,
      warned: [2],
    },
    { name: 'that declares a proxy if the run has none', lines: ['FROM a', 'ARG HTTPS_PROXY'], env: {} },
    {
      name: 'that keeps a proxy with a password',
      lines: ['FROM a'],
      env: secret,
      persists: true,
      refused: [undefined],
    },
    {
      name: 'that keeps a proxy without a password',
      lines: ['FROM a', 'ARG HTTPS_PROXY'],
      env: open,
      persists: true,
    },
    {
      name: 'that uses a password in a step',
      lines: ['FROM a', 'RUN x $HTTPS_PROXY $NO_PROXY'],
      env: secret,
      warned: [2],
    },
    {
      name: 'that uses a proxy without a password in a step',
      lines: ['FROM a', 'RUN x $HTTPS_PROXY'],
      env: open,
    },
  ])('$name is rejected at $refused and warned about at $warned', (one) => {
    const image = imageOf(one.lines, one.env, one.persists);
    expect(proxyRefusals(image).map(({ position }) => position?.line)).toEqual(one.refused ?? []);
    expect(proxyWarnings(image).map(({ position }) => position?.line)).toEqual(one.warned ?? []);
    const said = JSON.stringify([proxyRefusals(image), proxyWarnings(image)]);
    for (const value of Object.values(one.env)) expect(said).not.toContain(value);
  });

  test('has a hint if it is rejected', () => {
    expect(proxyRefusals(imageOf(['FROM a', 'ARG HTTPS_PROXY'], secret))).toEqual([
      {
        code: 'proxy-exposed',
        message:
          'Image web would contain the password of the proxy: web/Dockerfile declares ARG HTTPS_PROXY.',
        hint: 'Delete the line: HTTPS_PROXY is predefined for every RUN, without being part of the image.',
        position: { file: 'web/Dockerfile', line: 2 },
      },
    ]);
  });
});

test('rejects a password in an image’s own args and accepts args without one', () => {
  const withArg = (name: string) => imageOf(['FROM a'], secret, false, new Map([[name, 'x']]));
  expect(proxyRefusals(withArg('https_proxy')).map(({ message }) => message)).toEqual([
    'Image web has the password of the proxy in its build arg https_proxy, which every user of the machine can read.',
  ]);
  expect(proxyRefusals(withArg('NO_PROXY'))).toEqual([]);
  expect(proxyRefusals(withArg('VERSION'))).toEqual([]);
});

test('reports a password in the history or environment of a built image', () => {
  const quoted = { HTTPS_PROXY: 'http://tug:s"3<cret@proxy.example', HTTP_PROXY: 'http://proxy.example' };
  const leaksIn = (text: string) => proxyLeaks({ name: 'web', proxy: proxyOf(quoted) }, JSON.parse(text));
  // The text as Go writes it in JSON.
  const address = 'http://tug:s\\"3\\u003ccret@proxy.example';
  expect(leaksIn(`{ "history": [{ "created_by": "RUN |1 HTTPS_PROXY=${address} true" }] }`)).toEqual([
    {
      code: 'proxy-exposed',
      message:
        'Image web contains the password of the proxy in HTTPS_PROXY, because an ONBUILD of its base image declares it. The image was discarded.',
      hint: 'Use a base image without this ONBUILD, or a proxy without a password.',
    },
  ]);
  expect(leaksIn(`{ "config": { "Env": ["https_proxy=${address}"] } }`)).toHaveLength(1);
  expect(leaksIn('{ "config": { "Env": ["HTTP_PROXY=http://proxy.example"] } }')).toEqual([]);
});

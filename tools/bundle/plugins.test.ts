import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type * as github from '@towpath/github';
import { build } from 'esbuild';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { awsChecksums, awsExceptions, ownCode, readersOnly, toolkit } from './plugins.ts';

// esbuild reads the sources of all actions, with the packages that they use.
jest.setTimeout(120_000);

interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly $fault: string;
  readonly $metadata: { readonly httpStatusCode: number; readonly requestId: string };
}

type Call = (endpoint: string) => Promise<Thrown>;

const services = [
  {
    client: 'client-ecr',
    Client: 'ECRClient',
    Command: 'DescribeImagesCommand',
    unused: 'UploadNotFoundException',
  },
  {
    client: 'client-ecr-public',
    Client: 'ECRPUBLICClient',
    Command: 'DescribeImagesCommand',
    unused: 'UploadNotFoundException',
  },
  {
    client: 'client-ssm',
    Client: 'SSMClient',
    Command: 'GetParameterCommand',
    unused: 'AssociationDoesNotExist',
  },
];

const server = createServer((request, response) => {
  request.resume();
  response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'request-1' });
  response.end(JSON.stringify({ __type: 'AccessDeniedException', message: 'not you' }));
});
let folder: string;
let endpoint: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plugins-'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

describe.each(services)('a bundle of $client', ({ client, Client, Command, unused }) => {
  const entry = `
    import { ${Client}, ${Command} } from '@aws-sdk/${client}';
    export const call = (endpoint) =>
      new ${Client}({
        endpoint, region: 'us-east-1', maxAttempts: 1, credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      }).send(new ${Command}({ Name: 'x', repositoryName: 'x' })).catch((error) => error);`;

  async function bundleWith(plugins: (typeof awsExceptions)[]): Promise<{ call: Call; text: string }> {
    const outfile = join(folder, `${client}-${plugins.length}.mjs`);
    const { outputFiles } = await build({
      stdin: { contents: entry, resolveDir: resolve('packages/ecr') },
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      mainFields: ['module', 'main'],
      plugins,
      write: false,
    });
    const text = outputFiles[0]?.text ?? '';
    await writeFile(outfile, text);
    const { call } = (await import(pathToFileURL(outfile).href)) as { call: Call };
    return { call, text };
  }

  test('has the same exceptions without their classes and without zlib', async () => {
    const small = await bundleWith([awsExceptions, awsChecksums]);
    const whole = await bundleWith([]);
    const told = ({ name, message, $fault, $metadata }: Thrown) => ({ name, message, $fault, $metadata });
    const expected = told(await whole.call(endpoint));
    expect(told(await small.call(endpoint))).toEqual(expected);
    expect(expected).toMatchObject({ name: 'AccessDeniedException', message: 'not you' });
    expect(whole.text).toContain(`${unused} extends`);
    expect(small.text).not.toContain(`${unused} extends`);
    expect(whole.text).toContain('node:zlib');
    expect(small.text).not.toContain('node:zlib');
  });
});

describe('a bundle of the toolkit', () => {
  const token = createServer((request, response) => {
    const audience = new URL(request.url ?? '', 'http://x').searchParams.get('audience');
    response.end(JSON.stringify({ value: `${request.headers.authorization} for ${audience}` }));
  });

  afterAll(() => {
    token.close();
  });

  test('gets an ID token without undici', async () => {
    await new Promise<void>((done) => token.listen(0, '127.0.0.1', done));
    await build({
      stdin: {
        contents: `export { getIDToken } from '@actions/core';`,
        resolveDir: resolve('packages/github'),
      },
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      platform: 'node',
      format: 'esm',
      mainFields: ['module', 'main'],
      plugins: [toolkit],
      banner: {
        js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`,
      },
    });
    const outfile = join(folder, 'stdin.mjs');
    const text = await readFile(outfile, 'utf8');
    process.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN = 'secret';
    process.env.ACTIONS_ID_TOKEN_REQUEST_URL = `http://127.0.0.1:${(token.address() as AddressInfo).port}/?a=b`;
    const { getIDToken } = (await import(pathToFileURL(outfile).href)) as {
      getIDToken: (audience: string) => Promise<string>;
    };
    await expect(getIDToken('sts.amazonaws.com')).resolves.toBe('Bearer secret for sts.amazonaws.com');
    expect(text).toContain('getIDToken');
    // The HTTP client is a file of its own, which is loaded when it is used.
    expect(text).not.toContain('class HttpClient');
  });

  test('writes a comment with Octokit, through a proxy variable, without undici and unused plugins', async () => {
    const requests: string[] = [];
    const api = createServer((request, response) => {
      requests.push(`${request.method ?? ''} ${request.url ?? ''} ${request.headers.authorization ?? ''}`);
      response.setHeader('content-type', 'application/json');
      response.end(request.url === '/graphql' ? '{"data":{"viewer":{"login":"x"}}}' : '[]');
    });
    await new Promise<void>((done) => api.listen(0, '127.0.0.1', done));
    const outfile = join(folder, 'comment.mjs');
    await build({
      stdin: {
        contents: `export { githubHost } from '@towpath/github';`,
        resolveDir: resolve('packages/github'),
      },
      outfile,
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'esm',
      mainFields: ['module', 'main'],
      plugins: [toolkit],
      banner: {
        js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`,
      },
    });
    const event = join(folder, 'event.json');
    await writeFile(event, '{"pull_request":{"number":7}}');
    const env = {
      GITHUB_API_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
      GITHUB_EVENT_PATH: event,
      GITHUB_REPOSITORY: 'acme/shop',
    };
    process.env.HTTPS_PROXY = 'http://127.0.0.1:1';
    const { githubHost } = (await import(pathToFileURL(outfile).href)) as typeof github;
    const { signal } = new AbortController();
    const clock = { now: () => new Date(), sleep: () => Promise.resolve() };
    const log = { mask: () => undefined } as unknown as Parameters<typeof githubHost>[0]['log'];
    const host = githubHost({ env, clock, signal, log });
    await expect(host.comment('secret', { marker: 'a', body: 'b' })).resolves.toMatchObject({
      kind: 'created',
    });
    delete process.env.HTTPS_PROXY;
    api.close();
    expect(requests).toEqual([
      'GET /repos/acme/shop/issues/7/comments?per_page=100&page=1 token secret',
      'POST /repos/acme/shop/issues/7/comments token secret',
    ]);
    expect(await readFile(outfile, 'utf8')).not.toContain('/repos/{owner}/{repo}/actions/');
  });
});

test('a bundle reads YAML and checks schemas as the packages do, without what writes YAML and JSON Schemas', async () => {
  const contents = `
    import { parseDocument, isMap, visit } from 'yaml';
    import * as z from 'zod';
    export function read(text) {
      const document = parseDocument(text, { merge: true });
      const keys = [];
      visit(document, { Pair: (_, { key }) => { keys.push(String(key)); } });
      const names = z.record(z.string(), z.object({ size: z.int().min(1) }).describe('x'));
      const { error } = names.safeParse(document.toJS());
      return { keys, isMap: isMap(document.contents), errors: document.errors.length, problem: error && z.prettifyError(error) };
    }`;
  const bundles = await Promise.all(
    [[], [readersOnly]].map(async (plugins, index) => {
      const outfile = join(folder, `readers-${index}.mjs`);
      await build({
        stdin: { contents, resolveDir: resolve('packages/config') },
        outfile,
        bundle: true,
        platform: 'node',
        format: 'esm',
        mainFields: ['module', 'main'],
        plugins,
        banner: {
          js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`,
        },
      });
      const { read } = (await import(pathToFileURL(outfile).href)) as { read: (text: string) => object };
      return { read, text: await readFile(outfile, 'utf8') };
    }),
  );
  const [whole, small] = bundles;
  for (const text of ['a: &a { size: 0 }\nb: { <<: *a }\n"c": |\n  text\n', 'a: [', '- é'])
    expect(small?.read(text)).toEqual(whole?.read(text));
  expect(small?.text.length).toBeLessThan((whole?.text.length ?? 0) - 40_000);
});

test('the file that a runner starts has the runtime alone, and loads the action', async () => {
  const names = (await readdir('actions')).sort();
  const { metafile } = await build({
    entryPoints: names.map((name) => `actions/${name}/src/main.ts`),
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    plugins: [ownCode],
    metafile: true,
    write: false,
  });
  const { outputs } = metafile;
  const parts = (file: string, seen: Set<string>): Set<string> => {
    if (seen.has(file)) return seen;
    seen.add(file);
    for (const { path, kind, external } of outputs[file]?.imports ?? [])
      if (kind === 'import-statement' && external !== true) parts(path, seen);
    return seen;
  };
  for (const name of names) {
    const file = Object.keys(outputs).find((one) => one.endsWith(`/${name}/src/main.js`)) ?? '';
    const loaded = [...parts(file, new Set())].flatMap((one) => Object.entries(outputs[one]?.inputs ?? {}));
    const used = loaded.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
    expect(used).toContain('packages/flow/src/run-action.ts');
    expect(used.filter((path) => /^packages\/(?:config|ecr|oci|session)\//.test(path))).toEqual([]);
  }
});

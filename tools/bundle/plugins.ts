import type { Plugin } from 'esbuild';
import { readFile } from 'node:fs/promises';

/**
 * Keeps imports of npm packages external, so that only our own code is bundled. Leaves out our own modules of which
 * nothing is used: loading a module has no side effects.
 */
export const ownCode: Plugin = {
  name: 'own-code',
  setup: (bundler) => {
    bundler.onResolve({ filter: /^/ }, async ({ path, pluginData, ...options }) => {
      if (pluginData === ownCode.name || options.kind === 'entry-point' || path.startsWith('node:'))
        return undefined;
      const isOwn = /^(?:\.|@towpath\/)/.test(path);
      const found = await bundler.resolve(path, { ...options, pluginData: ownCode.name });
      return isOwn ? { ...found, sideEffects: false } : { ...found, external: true };
    });
  },
};

/**
 * Removes unused code of the toolkit, whose packages do not declare that they have no side effects. undici, 400
 * kB, is only the `fetch` of Octokit, and `packages/github` has its own. Octokit's methods for each endpoint and its
 * pagination, 150 kB, are not used either. The HTTP client, which only ID tokens need, is loaded when a job asks for
 * one. The description of the system is not used, and would load the runner of programs with every bundle.
 */
export const toolkit: Plugin = {
  name: 'toolkit',
  setup: (bundler) => {
    bundler.onResolve({ filter: /^@actions\/|\/@actions\// }, async ({ path, pluginData, ...options }) => {
      if (pluginData === toolkit.name) return undefined;
      const found = await bundler.resolve(path, { ...options, pluginData: toolkit.name });
      return { ...found, sideEffects: false };
    });
    const leftOut = new RegExp(
      `^(?:${Object.keys(replacements)
        .map((name) => RegExp.escape(name))
        .join('|')})$`,
    );
    bundler.onResolve({ filter: leftOut }, ({ path }) => ({ path, namespace: 'left-out' }));
    bundler.onLoad({ filter: leftOut, namespace: 'left-out' }, ({ path }) => ({
      contents: replacements[path],
    }));
    bundler.onLoad({ filter: /@actions\/core\/lib\/platform\.js$/ }, () => ({ contents: '' }));
    bundler.onLoad({ filter: /@actions\/core\/lib\/core\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8'))
        .replace("import { OidcClient } from './oidc-utils.js';", '')
        .replace('yield OidcClient.', "yield (yield import('./oidc-utils.js')).OidcClient."),
    }));
  },
};

/** The source of the packages that are left out, by name. */
const replacements: Readonly<Record<string, string>> = {
  // The toolkit makes a ProxyAgent when it is loaded, if the runner has a proxy.
  undici: `
  export class ProxyAgent {}
  export function fetch() {
    throw new Error('undici is not in this bundle: see tools/bundle/plugins.ts');
  }`,
  '@octokit/plugin-rest-endpoint-methods': 'export function restEndpointMethods() { return {}; }',
  '@octokit/plugin-paginate-rest': 'export function paginateRest() { return {}; }',
};

/**
 * Removes the parts of zod and yaml that no action runs: the writer of JSON Schemas, which the schemas of zod refer to,
 * and the writer of YAML, which the CommonJS files of yaml cannot be separated from.
 */
export const readersOnly: Plugin = {
  name: 'readers-only',
  setup: (bundler) => {
    bundler.onLoad(
      { filter: /zod\/v4\/core\/(?:json-schema-processors|to-json-schema)\.js$/ },
      async ({ path }) => {
        const names = [...(await readFile(path, 'utf8')).matchAll(exported)].map(([, name = '']) => name);
        const contents = names.map((name) => `export const ${name} = leftOut;`);
        return { contents: [leftOut, ...contents].join('\n') };
      },
    );
    // The first run of esbuild replaces the name of a package by the path of its file.
    bundler.onResolve(
      { filter: /^yaml$|\/yaml\/dist\/index\.js$/ },
      async ({ path, pluginData, ...options }) => {
        if (pluginData === readersOnly.name) return undefined;
        const found = await bundler.resolve(path, { ...options, pluginData: readersOnly.name });
        return { path: found.path.replace(/dist\/index\.js$/, 'browser/dist/index.js'), sideEffects: false };
      },
    );
  },
};

const exported = /^export (?:async )?(?:const|function|class) (\w+)/gm;

const leftOut = `function leftOut() { throw new Error('JSON Schemas are not in this bundle: see tools/bundle/plugins.ts'); }`;

/**
 * Removes the exception classes of AWS services, half of a client, because each client registers all its classes
 * at load time. An unregistered exception is an instance of the service's base class. It keeps its name, message
 * and metadata, and `packages/ecr` distinguishes exceptions by these.
 */
export const awsExceptions: Plugin = {
  name: 'aws-exceptions',
  setup: (bundler) => {
    bundler.onLoad(
      { filter: /@aws-sdk\/client-[\w-]+\/dist-es\/schemas\/schemas_0\.js$/ },
      async ({ path }) => {
        const source = await readFile(path, 'utf8');
        return {
          contents: source.replaceAll(
            registration,
            'export var $<name> = /* @__PURE__ */ (() => $<schema>)();',
          ),
        };
      },
    );
  },
};

/**
 * Removes zlib from the AWS SDK, which loads it with every client: 2 ms of the start. Only the checksums of S3 and of
 * event streams use it, and the SDK has a CRC-32 without it.
 */
export const awsChecksums: Plugin = {
  name: 'aws-checksums',
  setup: (bundler) => {
    bundler.onLoad({ filter: /@smithy\/core\/dist-es\/submodules\/checksum\/crc32\/Crc32Node\.js$/ }, () => ({
      contents: "export { Crc32Js as Crc32Node } from './Crc32Js';",
    }));
  },
};

/** Matches `export var NotFound$ = [-3, …];` and the next line, which registers its class. */
const registration =
  /^export var (?<name>\w+\$) = (?<schema>\[-3,[^;]*\]);\nn0_registry\.registerError\(.*\);$/gm;

import type { Plugin } from 'esbuild';
import { readFile } from 'node:fs/promises';

/** Leaves imports of npm packages as they are; what it bundles is our own code. */
export const ownCode: Plugin = {
  name: 'own-code',
  setup: (bundler) => {
    bundler.onResolve({ filter: /^[^.]/ }, async ({ path, pluginData, ...options }) => {
      const isOwn = /^(?:actions\/|@towpath\/|node:)/.test(path);
      if (isOwn || pluginData === ownCode.name) return undefined;
      const found = await bundler.resolve(path, { ...options, pluginData: ownCode.name });
      return { ...found, external: true };
    });
  },
};

/**
 * Leaves out code of the toolkit that nothing uses: its packages do not declare that they have no side effects. undici,
 * 400 kB, is used for the proxy of an Octokit alone, which no action has.
 */
export const toolkit: Plugin = {
  name: 'toolkit',
  setup: (bundler) => {
    bundler.onResolve({ filter: /^@actions\/|\/@actions\// }, async ({ path, pluginData, ...options }) => {
      if (pluginData === toolkit.name) return undefined;
      const found = await bundler.resolve(path, { ...options, pluginData: toolkit.name });
      return { ...found, sideEffects: false };
    });
    bundler.onResolve({ filter: /^undici$/ }, ({ path }) => ({ path, namespace: 'left-out' }));
    bundler.onLoad({ filter: /^undici$/, namespace: 'left-out' }, () => ({ contents: withoutProxyAgent }));
  },
};

const withoutProxyAgent = `
  export class ProxyAgent {
    constructor() {
      throw new Error('undici is not in this bundle: see tools/bundle/plugins.ts');
    }
  }`;

/**
 * Drops the exception classes of AWS services, half of a client: each client registers all of its own when it is
 * loaded. An exception that is not registered is an instance of the service's base class and keeps its name, message
 * and metadata, by which `packages/ecr` tells exceptions apart.
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

/** `export var NotFound$ = [-3, …];` and the line after it, which registers its class. */
const registration =
  /^export var (?<name>\w+\$) = (?<schema>\[-3,[^;]*\]);\nn0_registry\.registerError\(.*\);$/gm;

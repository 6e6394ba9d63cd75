import type { Plugin } from 'esbuild';
import { readFile } from 'node:fs/promises';

/** Keeps imports of npm packages external, so that only our own code is bundled. */
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
 * Removes unused code of the toolkit, whose packages do not declare that they have no side effects. undici, 400
 * kB, is used only for the proxy of an Octokit, which no action has.
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

/** Matches `export var NotFound$ = [-3, …];` and the next line, which registers its class. */
const registration =
  /^export var (?<name>\w+\$) = (?<schema>\[-3,[^;]*\]);\nn0_registry\.registerError\(.*\);$/gm;

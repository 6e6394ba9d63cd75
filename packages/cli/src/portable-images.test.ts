import { expect, test } from '@jest/globals';
import { loadConfig, writeTowpathYaml, type Config } from '@towpath/config';
import { CodedError } from '@towpath/errors';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { portableImages } from './portable-images.ts';

/** Returns the configuration of a bake file whose target has these keys. */
async function configOf(target: object): Promise<Config> {
  const workspace = temporaryFolder();
  writeFiles(workspace, { 'docker-bake.json': '{}', Dockerfile: 'FROM scratch\n' });
  const json = JSON.stringify({ group: { default: { targets: ['web'] } }, target: { web: target } });
  const printBake = () => Promise.resolve({ json });
  return loadConfig({ workspace, file: 'docker-bake.json', defaultName: 'web', printBake });
}

const cases: readonly {
  readonly name: string;
  /** The target with the variables of this machine, and without. Undefined if buildx fails without them. */
  readonly read: object;
  readonly without?: object;
  readonly env?: Record<string, string>;
  readonly dotEnv?: Record<string, string>;
  readonly args: Record<string, string>;
  /** The keys that a warning names. */
  readonly warned?: string;
}[] = [
  {
    name: 'keeps values that no variable has',
    read: { args: { NODE: '22' } },
    env: { TOKEN: 'secret' },
    args: { NODE: '22' },
  },
  {
    name: 'keeps a value of the file that a variable happens to have, too',
    read: { args: { LEVEL: '1' } },
    without: { args: { LEVEL: '1' } },
    env: { SHLVL: '1' },
    args: { LEVEL: '1' },
  },
  {
    name: 'omits a value of a variable without a default',
    read: { args: { TOKEN: 'secret', EMPTY: '' } },
    without: { args: { EMPTY: '' } },
    env: { TOKEN: 'secret' },
    args: { EMPTY: '' },
    warned: 'args.TOKEN',
  },
  {
    name: 'omits a variable that is empty without its value',
    read: { args: { TOKEN: 'secret' } },
    without: { args: { TOKEN: '' } },
    dotEnv: { TOKEN: 'secret' },
    args: {},
    warned: 'args.TOKEN',
  },
  {
    name: 'writes the default of the file for a part of a value, and for a label',
    read: { args: { URL: 'https://x:secret@a.example' }, labels: { by: 'secret' } },
    without: { args: { URL: 'https://x:none@a.example' }, labels: { by: 'none' } },
    env: { TOKEN: 'secret' },
    args: { URL: 'https://x:none@a.example' },
    warned: 'args.URL, labels',
  },
  {
    name: 'omits every value of a variable if buildx fails without it',
    read: {
      args: { NODE: '22', TOKEN: 'secret', QUOTED: 'a"b' },
      labels: { by: 'secret' },
      contexts: { source: 'https://git.example/secret.git' },
    },
    env: { TOKEN: 'secret', QUOTE: 'a"b' },
    args: { NODE: '22' },
    warned: 'args.TOKEN, args.QUOTED, contexts, labels',
  },
];

test.each(cases)('$name', async ({ read, without, env = {}, dotEnv = {}, args, warned }) => {
  const tags = ['111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll/web:1'];
  const { config, warnings } = await portableImages(await configOf({ ...read, tags }), {
    env,
    dotEnv,
    readWith: () =>
      without === undefined
        ? Promise.reject(new CodedError('config-invalid', 'A variable is not set.'))
        : configOf(without),
  });
  expect(Object.fromEntries(config.images[0]?.args ?? [])).toEqual(args);
  expect(config.images[0]?.repository).toBe('payroll/web');
  expect(writeTowpathYaml(config)).not.toContain('secret');
  expect(warnings).toEqual(
    warned === undefined ? [] : [expect.stringMatching(new RegExp(`takes ${warned} from variables`))],
  );
});

test('unsets the variables of the process, and empties those of the .env file', async () => {
  const read = await configOf({ args: { A: 'one', B: 'two' } });
  let changed: object = {};
  await portableImages(read, {
    env: { A: 'one', OTHER: 'absent' },
    dotEnv: { B: 'two' },
    readWith: (variables) => {
      changed = variables;
      return Promise.resolve(read);
    },
  });
  expect(changed).toStrictEqual({ A: undefined, B: '' });
});

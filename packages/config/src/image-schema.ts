import { isJobCredential, isJobVariable } from '@towpath/ci';
import { parseReference } from '@towpath/reference';
import * as z from 'zod';
import {
  cacheTypes,
  compressionTypes,
  networkModes,
  type CacheConfig,
  type Compression,
  type NamedContext,
  type ProxyMode,
  type SecretSource,
  type SshSource,
  type Ulimit,
} from './build-options.ts';
import {
  filled,
  mapOf,
  path,
  platforms,
  refuse,
  repository,
  staysInside,
  text,
  textMap,
} from './schema-parts.ts';
import { isIP } from 'node:net';

/** The definition of one image. */

/** The name in `NAME=value`, as on a command line. */
const nameOfPair = /^[^\s=][^=]*$/;
const pairName = 'a name without =';

const variableName = /^[A-Za-z_]\w*$/;

/** The name of a build argument. Dockerfiles also have names with a dash or a dot. */
const argName = z
  .string()
  .regex(/^[A-Za-z_][\w.-]*$/, { error: 'must be a name such as VERSION' })
  .superRefine((name, context) => {
    if (!isJobCredential(name)) return;
    const message = `may not be ${name}: this is a credential of the job, and args stay in the image. Use secrets`;
    context.issues.push({ code: 'custom', input: name, message });
  });

/** A variable that the user sets on the step. */
const secretVariable = z
  .string()
  .regex(variableName, { error: 'must be the name of a variable' })
  .superRefine((name, context) => {
    if (!isJobVariable(name)) return;
    const message = `may not be ${name}: this variable belongs to the job, and every RUN step could send it away. Give the step a variable of your own, such as env: { NPM_TOKEN: \${{ secrets.NPM_TOKEN }} }`;
    context.issues.push({ code: 'custom', input: name, message });
  });

const gitMessage =
  'may not be in .git: git keeps the credentials of the checkout there. Write the secret to a file of its own';

/** A file that a step may read. */
const secretPath = path.refine(isOutsideOfGit, { error: gitMessage });

function isOutsideOfGit(file: string): boolean {
  return !file.split(/[/\\]/).some((part) => part.toLowerCase() === '.git');
}
const mountId = z.string().regex(/^[\w./-]+$/, { error: 'must be letters, digits and _ . / -' });

/** The folder of a layout, optionally followed by `:tag` or `@digest` (buildx build, --build-context). */
const layoutPattern =
  /^oci-layout:\/\/(?<path>[^:@]+)(?::(?<tag>\w[\w.-]*))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;
const remotePattern = /^(?:https?|git|ssh):\/\/|^[\w.-]+@[\w.-]+:|^github\.com\//;

const namedContext = filled.transform((text, context): NamedContext => {
  if (text.startsWith('docker-image://')) {
    const reference = text.slice('docker-image://'.length);
    if (parseReference(reference) !== undefined) return { kind: 'image', reference };
    return refuse(context, text, 'docker-image:// and an image such as alpine:3.22');
  }
  if (text.startsWith('oci-layout://')) {
    const { path = '', tag, digest } = layoutPattern.exec(text)?.groups ?? {};
    if (path !== '' && staysInside(path)) return { kind: 'layout', path, tag, digest };
    return refuse(context, text, 'oci-layout:// and the path of a layout in the repository');
  }
  if (text.startsWith('target:')) return { kind: 'target', image: text.slice('target:'.length) };
  if (remotePattern.test(text)) {
    if (!hasPassword(text)) return { kind: 'remote', url: text };
    context.issues.push({ code: 'custom', input: text, message: 'may not hold a password or a token' });
    return z.NEVER;
  }
  if (staysInside(text)) return { kind: 'folder', path: text };
  return refuse(context, text, 'a path that stays in the repository');
});

/** Returns whether the URL contains a password. A user name alone, as in `git@`, is not a secret. */
function hasPassword(url: string): boolean {
  const userinfo = /^(?<scheme>https?|git|ssh):\/\/(?<user>[^/]*)@/.exec(url)?.groups;
  return (
    userinfo !== undefined &&
    (userinfo.user?.includes(':') === true || userinfo.scheme?.startsWith('http') === true)
  );
}

const secret = z
  .strictObject({
    env: secretVariable.optional(),
    file: secretPath.optional(),
  })
  .transform(({ env, file }, context): SecretSource => {
    if (env !== undefined && file === undefined) return { env };
    if (file !== undefined && env === undefined) return { file };
    context.issues.push({ code: 'custom', input: env, message: 'must have either env or file' });
    return z.NEVER;
  });

/** `default`, or `id=key[,key]` (buildx build, --ssh). */
const ssh = filled.transform((text, context): SshSource => {
  const { id = '', keys } = /^(?<id>[\w.-]+)(?:=(?<keys>.+))?$/.exec(text)?.groups ?? {};
  const paths = keys === undefined ? [] : keys.split(',');
  if (!paths.every(isOutsideOfGit)) {
    context.issues.push({ code: 'custom', input: text, message: gitMessage });
    return z.NEVER;
  }
  if (id !== '' && paths.every((one) => one !== '' && staysInside(one))) return { id, keys: paths };
  return refuse(context, text, 'default, or an id and keys in the repository such as deploy=keys/deploy');
});

const mode = z.enum(['min', 'max']).default('max');

/** Returns whether a reference has no digest. A cache is overwritten, so its reference cannot have one. */
function isWithoutDigest(text: string): boolean {
  const reference = parseReference(text);
  return reference !== undefined && reference.digest === undefined;
}

/** The cache types, as a name or as an object with options. */
export const cache = z.union([
  z.enum(cacheTypes).transform((type): CacheConfig => (type === 'none' ? { type } : { type, mode: 'max' })),
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('none') }),
    z.strictObject({ type: z.literal('gha'), scope: filled.optional(), mode }),
    z.strictObject({
      type: z.literal('registry'),
      reference: z
        .string()
        .refine(isWithoutDigest, { error: 'must be an image reference without a digest' })
        .optional(),
      mode,
    }),
    z.strictObject({ type: z.literal('local'), path: path.optional(), mode }),
  ]),
]) satisfies z.ZodType<CacheConfig>;

export const proxy = z.union([
  z.enum(['on', 'off']).transform((text): ProxyMode => (text === 'on' ? 'build' : 'off')),
  z
    .strictObject({ persist: z.boolean() })
    .transform(({ persist }): ProxyMode => (persist ? 'persist' : 'build')),
]);

const address = z.string().refine((text) => text === 'host-gateway' || isIP(text) !== 0, {
  error: 'must be an IP address, or host-gateway',
});

const sizeUnits = 'bkmgt';

/** Bytes, from a number or a text such as `64m`. As in Docker, a kilobyte is 1024 bytes. */
const size = z.union([
  z.int().positive({ error: 'must be a number of bytes' }),
  z.string().transform((text, context) => {
    const { count, unit = 'b' } =
      /^(?<count>[1-9]\d*)(?<unit>[bkmgt])?(?:i?b)?$/.exec(text.toLowerCase())?.groups ?? {};
    if (count === undefined) return refuse(context, text, 'a size such as 64m or 2g');
    return Number(count) * 1024 ** sizeUnits.indexOf(unit);
  }),
]);

/** The resource limits of Linux (setrlimit(2)), by their Docker names. */
const ulimitNames = [
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'rttime',
  'sigpending',
  'stack',
] as const;

const limit = z.int().min(-1, { error: 'must be -1, for no limit, or more' });

const ulimit = z
  .union([
    limit.transform((both): Ulimit => ({ soft: both, hard: both })),
    z.string().transform((text, context): Ulimit => {
      const { soft, hard } = /^(?<soft>-1|\d+)(?::(?<hard>-1|\d+))?$/.exec(text)?.groups ?? {};
      if (soft === undefined) return refuse(context, text, 'soft:hard such as 1024:2048');
      return { soft: Number(soft), hard: Number(hard ?? soft) };
    }),
    z.strictObject({ soft: limit, hard: limit }),
  ])
  .refine(({ soft, hard }) => hard === -1 || (soft !== -1 && soft <= hard), {
    error: 'has a soft limit above the hard one',
  });

const ulimits = z
  .strictObject(Object.fromEntries(ulimitNames.map((name) => [name, ulimit.optional()])))
  .transform((limits): ReadonlyMap<string, Ulimit> => {
    const given = Object.entries(limits).flatMap(([name, one]) =>
      one === undefined ? [] : [[name, one] as const],
    );
    return new Map(given);
  });

/** The maximum levels: gzip 9, zstd 22 (BuildKit, exporter attribute `compression-level`). */
const maxLevel = { gzip: 9, estargz: 9, zstd: 22, uncompressed: 0 } as const;

const compression = z.union([
  z.enum(compressionTypes).transform((type): Compression => ({ type, force: false })),
  z
    .strictObject({
      type: z.enum(compressionTypes),
      level: z.int().min(0, { error: 'may not be negative' }).optional(),
      force: z.boolean().default(false),
    })
    .superRefine(({ type, level }, context) => {
      if (level === undefined || level <= maxLevel[type]) return;
      const message = `may be ${maxLevel[type]} at most with ${type}`;
      context.issues.push({ code: 'custom', input: level, path: ['level'], message });
    }),
]);

export const image = z.strictObject({
  context: path.default('.'),
  dockerfile: path.optional(),
  target: filled.optional(),
  platforms: platforms.optional(),
  repository: repository.optional(),
  args: mapOf(argName, text).optional(),
  contexts: mapOf(z.string().regex(nameOfPair, { error: `must be ${pairName}` }), namedContext).optional(),
  secrets: mapOf(mountId, secret).optional(),
  ssh: z.array(ssh).min(1).optional(),
  labels: textMap(nameOfPair, pairName).optional(),
  annotations: textMap(nameOfPair, pairName).optional(),
  cache: cache.optional(),
  pull: z.boolean().optional(),
  'no-cache': z.union([z.boolean(), z.array(filled).min(1)]).optional(),
  network: z.enum(networkModes).optional(),
  'add-hosts': mapOf(z.string().regex(nameOfPair, { error: `must be ${pairName}` }), address).optional(),
  'shm-size': size.optional(),
  ulimits: ulimits.optional(),
  compression: compression.optional(),
  proxy: proxy.optional(),
  lambda: z.boolean().optional(),
});

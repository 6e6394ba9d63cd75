import { isAbsolute, join } from 'node:path/posix';
import * as z from 'zod';

/** A map or list that buildx omits or prints as null when it is empty. */
const listOf = <V extends z.ZodType>(values: V) =>
  z
    .array(values)
    .nullish()
    .transform((list) => list ?? []);
const mapOf = <V extends z.ZodType>(values: V) =>
  z
    .record(z.string(), values)
    .nullish()
    .transform((map) => map ?? {});
const filled = z
  .string()
  .nullish()
  .transform((text) => (text === '' || text === null ? undefined : text));
const maybe = <V extends z.ZodType>(value: V) => value.nullish().transform((one) => one ?? undefined);

/** buildx before 0.19 prints secrets as the text that `--secret` accepts: `id=npm,env=NPM_TOKEN`. */
const secret = z
  .union([
    z.string().transform((text) => {
      const fields = Object.fromEntries(text.split(',').map((field) => splitAt(field, '=')));
      return { id: fields.id, env: fields.env, src: fields.src ?? fields.source, type: fields.type };
    }),
    z.looseObject({ id: filled, env: filled, src: filled, type: filled }),
  ])
  .transform(({ id, env, src, type }) => {
    const variable = env ?? (type === 'env' ? src : undefined);
    const file = variable === undefined ? src : undefined;
    return { id: id ?? file ?? variable ?? '', env: variable, src: file };
  });

/** buildx before 0.19 prints SSH agents as text: `default`, or `id=key,key`. */
const ssh = z.union([
  z.string().transform((text) => {
    const [id, keys] = splitAt(text, '=');
    return { id, paths: keys === '' ? [] : keys.split(',') };
  }),
  z.looseObject({ id: z.string(), paths: listOf(z.string()) }),
]);

/** The keys that Towpath reads from a target printed by buildx (buildx, `bake.Target`). Other keys are ignored. */
export const target = z.looseObject({
  context: filled.transform((text) => text ?? '.'),
  dockerfile: filled.transform((text) => text ?? 'Dockerfile'),
  'dockerfile-inline': filled,
  contexts: mapOf(z.string()),
  args: mapOf(z.string().nullable()),
  labels: mapOf(z.string().nullable()),
  annotations: listOf(z.string()),
  tags: listOf(z.string()),
  target: filled,
  secret: listOf(secret),
  ssh: listOf(ssh),
  platforms: listOf(z.string()),
  pull: maybe(z.boolean()),
  'no-cache': maybe(z.boolean()),
  'no-cache-filter': listOf(z.string()),
  network: filled,
  'extra-hosts': mapOf(z.string()),
  'shm-size': filled,
  ulimits: listOf(z.string()),
});
export type Target = z.output<typeof target>;

/** The output of `buildx bake --print`. */
export const printed = z.looseObject({
  group: mapOf(z.looseObject({ targets: listOf(z.string()) })),
  target: mapOf(target),
});
export type Printed = z.output<typeof printed>;

/** Returns the target with paths relative to the workspace instead of the folder in which buildx ran. */
export function below(folder: string, one: Target): Target {
  if (folder === '.') return one;
  const moved = (path: string) =>
    isAbsolute(path) || /^(?:[\w+.-]+:|git@)/.test(path) ? path : join(folder, path);
  return {
    ...one,
    context: moved(one.context),
    contexts: Object.fromEntries(
      Object.entries(one.contexts).map(([name, context]) => [
        name,
        context.replace(
          /^(?<scheme>oci-layout:\/\/)?(?<path>.*)$/s,
          (_, scheme = '', path: string) => `${String(scheme)}${moved(path)}`,
        ),
      ]),
    ),
    secret: one.secret.map(({ src, ...rest }) => ({ ...rest, src: src === undefined ? src : moved(src) })),
    ssh: one.ssh.map((agent) => ({ ...agent, paths: agent.paths.map(moved) })),
  };
}

export function splitAt(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}

/**
 * Extracts the parts of an AWS service model that the emulator needs: the shapes of the operations, their constraints and
 * exceptions, without documentation.
 *
 *     node src/service-model/generate.ts service-2.json.gz SOURCE [OPERATION…] > src/service-model/ecr.json
 *
 * The service model is part of botocore (`pip download botocore`, `botocore/data/ecr/2015-09-21/`). SOURCE is the version
 * of botocore.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Model, Shape } from './model.ts';

/** The parts of a botocore service model that are used here. */
interface ServiceModel {
  readonly metadata: { readonly targetPrefix?: string };
  readonly operations: Readonly<
    Record<
      string,
      {
        readonly http: { readonly requestUri: string };
        readonly input: { readonly shape: string };
        readonly output?: { readonly shape: string };
        readonly errors?: readonly { readonly shape: string }[];
      }
    >
  >;
  readonly shapes: Readonly<Record<string, ServiceShape>>;
}

interface ServiceShape extends Omit<Shape, 'members' | 'member' | 'key' | 'value'> {
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly member?: { readonly shape: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
}

const [file = '', source = '', ...wanted] = process.argv.slice(2);
const service = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as ServiceModel;
process.stdout.write(`${JSON.stringify(modelOf(service, source, wanted), undefined, 1)}\n`);

function modelOf({ metadata, operations, shapes }: ServiceModel, source: string, wanted: string[]): Model {
  const chosen = Object.entries(operations).filter(([name]) => wanted.length === 0 || wanted.includes(name));
  const reached = new Map<string, Shape>();
  const reach = (name: string): void => {
    const shape = shapes[name];
    if (shape === undefined || reached.has(name)) return;
    const { type, required, min, max, pattern, enum: values, members, member, key, value } = shape;
    reached.set(name, {
      type,
      ...(required !== undefined && { required }),
      ...(min !== undefined && { min }),
      ...(max !== undefined && { max }),
      ...(pattern !== undefined && { pattern }),
      ...(values !== undefined && { enum: values }),
      ...(members !== undefined && {
        members: Object.fromEntries(Object.entries(members).map(([key, { shape }]) => [key, shape])),
      }),
      ...(member !== undefined && { member: member.shape }),
      ...(key !== undefined && { key: key.shape }),
      ...(value !== undefined && { value: value.shape }),
    });
    const inner = [...Object.values(members ?? {}), member, key, value];
    for (const one of inner) if (one !== undefined) reach(one.shape);
  };
  const described = chosen.map(([name, { http, input, output, errors = [] }]) => {
    for (const { shape } of [input, ...(output === undefined ? [] : [output]), ...errors]) reach(shape);
    return [
      name,
      {
        ...(http.requestUri !== '/' && { path: http.requestUri }),
        input: input.shape,
        output: output?.shape ?? null,
        errors: errors.map(({ shape }) => shape),
      },
    ] as const;
  });
  return {
    source,
    ...(metadata.targetPrefix !== undefined && { targetPrefix: metadata.targetPrefix }),
    operations: Object.fromEntries(described),
    shapes: Object.fromEntries([...reached].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

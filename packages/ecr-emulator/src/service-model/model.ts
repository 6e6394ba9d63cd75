import { readFileSync } from 'node:fs';
import { ownProperty } from '../own-property.ts';

/** A shape of a service model, by the names of the shapes in it (Smithy's AWS JSON 1.1 as botocore writes it). */
export interface Shape {
  readonly type:
    | 'structure'
    | 'list'
    | 'map'
    | 'string'
    | 'integer'
    | 'long'
    | 'double'
    | 'boolean'
    | 'timestamp'
    | 'blob';
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, string>>;
  readonly member?: string;
  readonly key?: string;
  readonly value?: string;
  /** Of a number its value, of a text its characters, of a list its items, of a blob its bytes. */
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
}

/** What is known of a service's protocol. Generated: see generate.ts. */
export interface Model {
  /** Which service model, of which version of botocore. */
  readonly source: string;
  /** What stands before the operation in `X-Amz-Target`. */
  readonly targetPrefix: string;
  readonly operations: Readonly<
    Record<
      string,
      { readonly input: string; readonly output: string | null; readonly errors: readonly string[] }
    >
  >;
  readonly shapes: Readonly<Record<string, Shape>>;
}

/** The model of a service, by its name in signatures. */
export function readModel(service: 'ecr' | 'ecr-public' | 'ssm'): Model {
  return JSON.parse(readFileSync(new URL(`${service}.json`, import.meta.url), 'utf8')) as Model;
}

/** How a value fails its shape. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch';
  /** Where, as AWS writes it: `imageIds.1.member.imageTag`. */
  readonly path: string;

  constructor(path: string, constraint: string) {
    super(constraint);
    this.path = path;
  }
}

/** What becomes of the values on the way: a request is decoded, a response is encoded. */
export interface Direction {
  readonly timestamp: (value: unknown) => unknown;
  readonly blob: (value: unknown) => unknown;
  /** AWS passes over members that it does not know; in our own answers they are a defect. */
  readonly unknownMembers: 'ignored' | 'refused';
  /** Requests and answers share shapes, and a list that a request must fill comes back empty all the same. */
  readonly emptyLists: 'allowed' | 'measured';
}

export const decoding: Direction = {
  timestamp: (value) => (typeof value === 'number' ? new Date(value * 1000) : undefined),
  blob: (value) => (typeof value === 'string' ? Buffer.from(value, 'base64') : undefined),
  unknownMembers: 'ignored',
  emptyLists: 'measured',
};

export const encoding: Direction = {
  timestamp: (value) => {
    const date =
      typeof value === 'string' || value instanceof Date ? new Date(value).getTime() / 1000 : value;
    return typeof date === 'number' && Number.isFinite(date) ? date : undefined;
  },
  blob: (value) => (value instanceof Uint8Array ? Buffer.from(value).toString('base64') : undefined),
  unknownMembers: 'refused',
  emptyLists: 'allowed',
};

/**
 * The value as its shape has it on the other side.
 *
 * @throws Mismatch
 */
export function convert(
  model: Model,
  name: string,
  value: unknown,
  direction: Direction,
  path = '',
): unknown {
  const shape = model.shapes[name];
  if (shape === undefined) throw new Mismatch(path, `no shape ${name}`);
  switch (shape.type) {
    case 'structure':
      return convertStructure(model, shape, value, direction, path);
    case 'list':
      return convertList(model, shape, value, direction, path);
    case 'map':
      return convertMap(model, shape, value, direction, path);
    case 'timestamp':
      return required(direction.timestamp(value), path, 'must be a timestamp');
    case 'blob': {
      const bytes = required(direction.blob(value), path, 'must be base64');
      checkRange(shape, bytes instanceof Buffer ? bytes.length : 0, path, 'length');
      return bytes;
    }
    case 'string':
      return checkString(shape, value, path);
    case 'boolean':
      if (typeof value !== 'boolean') throw new Mismatch(path, 'must be a boolean');
      return value;
    case 'integer':
    case 'long':
    case 'double':
      if (typeof value !== 'number' || (shape.type !== 'double' && !Number.isSafeInteger(value))) {
        throw new Mismatch(path, 'must be a number');
      }
      checkRange(shape, value, path, 'value');
      return value;
  }
}

function convertStructure(
  model: Model,
  { members = {}, required: names = [] }: Shape,
  value: unknown,
  direction: Direction,
  path: string,
): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Mismatch(path, 'must be an object');
  }
  const given = value as Readonly<Record<string, unknown>>;
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const absent = names.find((name) => given[name] === undefined || given[name] === null);
  if (absent !== undefined) throw new Mismatch(at(absent), 'must not be null');
  const converted: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(given)) {
    const shape = ownProperty(members, name);
    if (item === undefined || item === null) continue;
    if (shape !== undefined) converted[name] = convert(model, shape, item, direction, at(name));
    else if (direction.unknownMembers === 'refused')
      throw new Mismatch(at(name), 'must be known to the model');
  }
  return converted;
}

function convertList(
  model: Model,
  shape: Shape,
  value: unknown,
  direction: Direction,
  path: string,
): unknown[] {
  if (!Array.isArray(value)) throw new Mismatch(path, 'must be a list');
  if (value.length > 0 || direction.emptyLists === 'measured')
    checkRange(shape, value.length, path, 'length');
  return value.map((item, index) =>
    convert(model, shape.member ?? '', item, direction, `${path}.${index + 1}.member`),
  );
}

function convertMap(
  model: Model,
  shape: Shape,
  value: unknown,
  direction: Direction,
  path: string,
): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Mismatch(path, 'must be a map');
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      convert(model, shape.key ?? '', key, direction, `${path}.key`);
      return [key, convert(model, shape.value ?? '', item, direction, `${path}.${key}`)];
    }),
  );
}

function checkString(shape: Shape, value: unknown, path: string): string {
  if (typeof value !== 'string') throw new Mismatch(path, 'must be a string');
  if (shape.enum !== undefined && !shape.enum.includes(value)) {
    throw new Mismatch(path, `must satisfy enum value set: [${shape.enum.join(', ')}]`);
  }
  checkRange(shape, value.length, path, 'length');
  if (shape.pattern !== undefined && !new RegExp(`^(?:${shape.pattern})$`).test(value)) {
    throw new Mismatch(path, `must satisfy regular expression '${shape.pattern}'`);
  }
  return value;
}

function checkRange({ min, max }: Shape, size: number, path: string, measure: 'length' | 'value'): void {
  if (min !== undefined && size < min) {
    throw new Mismatch(path, `must have ${measure} greater than or equal to ${min}`);
  }
  if (max !== undefined && size > max) {
    throw new Mismatch(path, `must have ${measure} less than or equal to ${max}`);
  }
}

function required<T>(value: T | undefined, path: string, constraint: string): T {
  if (value === undefined) throw new Mismatch(path, constraint);
  return value;
}

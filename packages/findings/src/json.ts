/** A value of a JSON document of others. */
export type Json = unknown;

/** An object of a JSON document. */
export type JsonObject = Readonly<Record<string, Json>>;

/** The document is not a complete report. The message is the rest of a sentence about the file: `is empty`. */
export class InvalidReport extends Error {
  override readonly name = 'InvalidReport';
}

/** Whether a value is an object and not a list. */
export function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns a member of an object, or undefined if the value is not an object or has no such member. */
export function memberOf(value: Json, ...path: readonly string[]): Json {
  let current = value;
  for (const name of path) {
    if (!isObject(current) || !Object.hasOwn(current, name)) return undefined;
    current = current[name];
  }
  return current;
}

/** Returns a member if it is a text that is not empty. */
export function textOf(value: Json, ...path: readonly string[]): string | undefined {
  const member = memberOf(value, ...path);
  return typeof member === 'string' && member !== '' ? member : undefined;
}

/** Returns a member if it is a number, or a text with a number. */
export function numberOf(value: Json, ...path: readonly string[]): number | undefined {
  const member = memberOf(value, ...path);
  const number = typeof member === 'string' && member.trim() !== '' ? Number(member) : member;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** Returns the texts of a list. Anything else counts as an empty list: use it only for details of a finding. */
export function textsOf(value: Json, ...path: readonly string[]): readonly string[] {
  const member = memberOf(value, ...path);
  return Array.isArray(member) ? member.filter((one): one is string => typeof one === 'string') : [];
}

/** Returns the objects of a list. Anything else counts as an empty list: use it only for details of a finding. */
export function detailsOf(value: Json, ...path: readonly string[]): readonly JsonObject[] {
  const member = memberOf(value, ...path);
  return Array.isArray(member) ? member.filter(isObject) : [];
}

/**
 * Whether a response of AWS is not the last page. The API has the member `nextToken`, and the AWS CLI writes `NextToken` if
 * `--max-items` ends the list.
 */
export function hasNextPage(response: Json): boolean {
  return ['nextToken', 'NextToken'].some((name) => (memberOf(response, name) ?? null) !== null);
}

/**
 * Returns the objects of a list that contains findings. A missing member and null are an empty list, as Go writes it.
 *
 * @param where the path of the value in the document, for the message
 * @throws InvalidReport if the member is anything else
 */
export function objectsOf(value: Json, name: string, where: string): readonly JsonObject[] {
  const member = memberOf(value, name) ?? [];
  const path = where === '' ? name : `${where}.${name}`;
  if (!Array.isArray(member)) throw new InvalidReport(`is damaged: ${path} is not a list`);
  const wrong = member.findIndex((one) => !isObject(one));
  if (wrong >= 0) throw new InvalidReport(`is damaged: ${path}[${wrong}] is not an object`);
  return member as readonly JsonObject[];
}

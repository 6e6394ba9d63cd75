import type { Tag } from '@aws-sdk/client-ecr';
import { Refusal } from '../refusal.ts';

const maxTags = 50;
const maxKeyLength = 128;
const maxValueLength = 256;

/** Returns resource tags, which are unrelated to image tags. */
export function describeTags(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** @throws Refusal TooManyTagsException or InvalidTagParameterException */
export function withTags(
  before: Readonly<Record<string, string>>,
  added: readonly Tag[],
): Record<string, string> {
  const after = { ...before, ...Object.fromEntries(added.map(({ Key = '', Value = '' }) => [Key, Value])) };
  checkTags(after);
  return after;
}

/**
 * Checks resource tags (ECR User Guide, "Tag restrictions").
 *
 * @throws Refusal TooManyTagsException or InvalidTagParameterException
 */
function checkTags(tags: Readonly<Record<string, string>>): void {
  const entries = Object.entries(tags);
  if (entries.length > maxTags) {
    throw new Refusal(
      'TooManyTagsException',
      `The list of tags on the repository is over the limit of ${maxTags}`,
    );
  }
  const wrong = entries.find(
    ([key, value]) =>
      key.length < 1 ||
      key.length > maxKeyLength ||
      value.length > maxValueLength ||
      key.toLowerCase().startsWith('aws:'),
  );
  if (wrong !== undefined) {
    throw new Refusal('InvalidTagParameterException', `Invalid parameter provided for tag: ${wrong[0]}`);
  }
}

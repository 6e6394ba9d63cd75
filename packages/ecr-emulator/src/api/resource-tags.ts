import { Refusal } from '../refusal.ts';

const maxTags = 50;
const maxKeyLength = 128;
const maxValueLength = 256;

/**
 * Checks the tags of a resource, which have nothing to do with those of an image (ECR User Guide, "Tag restrictions").
 *
 * @throws Refusal TooManyTagsException or InvalidTagParameterException
 */
export function checkResourceTags(tags: Readonly<Record<string, string>>): void {
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

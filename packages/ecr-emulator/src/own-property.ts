/** A member of the record itself, whatever its name: a tag may be called `constructor`, and every object has one. */
export function ownProperty<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

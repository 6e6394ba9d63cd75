/** Returns an own property of a record. A tag may be named `constructor`, which every object inherits. */
export function ownProperty<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

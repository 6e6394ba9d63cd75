/** Types whose namespace is the distribution, not a part of the name that scanners report. */
const distributionTypes: ReadonlySet<string> = new Set(['alpm', 'apk', 'deb', 'rpm']);

/** Returns the name that scanners report for the parts of a package URL, e.g. `org.example:app` or `@acme/ui`. */
export function packageName(type: string, namespace: string, name: string): string {
  if (namespace === '' || distributionTypes.has(type)) return name;
  return `${namespace}${type === 'maven' ? ':' : '/'}${name}`;
}

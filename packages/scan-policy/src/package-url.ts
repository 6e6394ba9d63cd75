import { packageName } from '@towpath/findings/package-name';

/** A package by its name, and by its type and version if they are set. */
export interface PackagePattern {
  readonly name: string;
  /** The type of a package URL, e.g. `deb`. */
  readonly type?: string;
  readonly version?: string;
}

/** The parts of a package URL (github.com/package-url/purl-spec). All texts are decoded. */
export interface PackageUrl {
  /** Lower-case, e.g. `deb`, `npm`, `oci`. */
  readonly type: string;
  readonly namespace: string;
  readonly name: string;
  readonly version?: string;
  readonly qualifiers: ReadonlyMap<string, string>;
}

/** In characters. No package URL of a registry comes close. */
const maxLength = 4096;

/** Parses a package URL. Returns undefined for other texts. */
export function parsePackageUrl(text: string): PackageUrl | undefined {
  if (text.length > maxLength || !/^pkg:/i.test(text)) return undefined;
  const [beforeFragment = ''] = text.slice('pkg:'.length).split('#', 1);
  const [path, query] = cut(beforeFragment, beforeFragment.indexOf('?'));
  // The namespace of an npm package can begin with @. The version follows the last one and has no slash.
  const at = path.lastIndexOf('@');
  const [location, version] = cut(path, path.includes('/', at) ? -1 : at);
  const parts = location.split('/').filter((part) => part !== '');
  const [type, ...names] = parts.map(decode);
  const name = names.pop();
  if (type === undefined || name === undefined || name === '' || !/^[a-z][a-z0-9.+-]*$/i.test(type))
    return undefined;
  if (names.includes(undefined)) return undefined;
  const decoded = version === undefined ? undefined : decode(version);
  if (version !== undefined && (decoded === undefined || decoded === '')) return undefined;
  return {
    type: type.toLowerCase(),
    namespace: names.join('/'),
    name,
    version: decoded,
    qualifiers: readQualifiers(query ?? ''),
  };
}

/** Returns the text before and after a separator. */
function cut(text: string, at: number): readonly [before: string, after: string | undefined] {
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function readQualifiers(query: string): ReadonlyMap<string, string> {
  const pairs = query.split('&').flatMap((pair): (readonly [string, string])[] => {
    const [key, value = ''] = cut(pair, pair.indexOf('='));
    return key === '' ? [] : [[key.toLowerCase(), decode(value) ?? value]];
  });
  return new Map(pairs);
}

/** Returns the name, type and version that scanners report for a package URL. */
export function patternOf(url: PackageUrl): PackagePattern {
  const { type, namespace, name } = url;
  return { name: packageName(type, namespace, name), type, version: versionOf(url) };
}

/**
 * Returns the version as a package manager writes it. Trivy and Grype write the epoch of a package of an operating system
 * as a qualifier (purl-spec, type rpm).
 */
function versionOf({ type, version, qualifiers }: PackageUrl): string | undefined {
  const epoch = Number(qualifiers.get('epoch') ?? 0);
  const hasEpoch = !['deb', 'rpm'].includes(type) || version === undefined || /^\d+:/.test(version);
  return hasEpoch || !Number.isSafeInteger(epoch) || epoch <= 0 ? version : `${epoch}:${version}`;
}

/** Parses the name of a package, or a package URL. Returns undefined for other texts. */
export function parsePackagePattern(text: string): PackagePattern | undefined {
  if (!/^pkg:/i.test(text)) return /^[^\s*]{1,500}$/.test(text) ? { name: text } : undefined;
  const url = parsePackageUrl(text);
  return url === undefined ? undefined : patternOf(url);
}

import type { Finding } from '@towpath/findings';
import type { JudgeContext, JudgedImage } from './context.ts';
import { instantOf, millisecondsPerDay } from './instants.ts';
import { parsePackageUrl, patternOf, type PackagePattern, type PackageUrl } from './package-url.ts';
import type { VexComponent, VexProduct, VexStatement } from './vex.ts';

/** A statement that applies to the image, and its time in milliseconds since 1970. */
interface Entry {
  readonly statement: VexStatement;
  readonly time: number;
}

/** Entries by the type of the package. Empty: any type. */
type ByType = Map<string, Entry>;

/**
 * The statements that apply to one image, by vulnerability and package. Only the newest is kept for each. A statement
 * about another image, or without a product, is not in the index.
 */
export class VexIndex {
  readonly #entries = new Map<string, ByType>();
  readonly #latest: number;

  constructor(statements: readonly VexStatement[], { now, image }: JudgeContext) {
    // The clock of an author can be ahead by up to a day.
    this.#latest = now.getTime() + millisecondsPerDay;
    for (const statement of statements) this.#add(statement, image);
  }

  /** Returns the newest statement about a finding if it says that the image is not affected. */
  match(finding: Finding): VexStatement | undefined {
    if (this.#entries.size === 0) return undefined;
    const { id, aliases, package: one } = finding;
    const versions = one?.version === undefined ? [''] : ['', one.version];
    const names = one === undefined ? [''] : ['', one.name];
    const keys = names.flatMap((name) =>
      versions.flatMap((version) => [
        keyOf('any', id, name, version),
        ...aliases.map((alias) => keyOf('name', alias, name, version)),
      ]),
    );
    let newest: Entry | undefined;
    for (const key of keys) {
      for (const [type, entry] of this.#entries.get(key) ?? []) {
        const isOtherType = type !== '' && one?.type !== undefined && type !== one.type;
        if (!isOtherType && isNewer(entry, newest)) newest = entry;
      }
    }
    return newest !== undefined && isLenient(newest.statement) ? newest.statement : undefined;
  }

  #add(statement: VexStatement, image: JudgedImage | undefined): void {
    const time = instantOf(statement.time);
    // A statement from the future must not hide newer ones.
    if (time === undefined || (time > this.#latest && isLenient(statement))) return;
    const patterns = statement.products.flatMap((product) => patternsOf(product, image));
    for (const pattern of patterns) {
      for (const [index, id] of statement.ids.entries()) {
        this.#put('any', id, pattern, { statement, time });
        // An alias of both can be an advisory that covers several vulnerabilities.
        if (index === 0) this.#put('name', id, pattern, { statement, time });
      }
    }
  }

  #put(kind: 'any' | 'name', id: string, { name, type, version }: PackagePattern, entry: Entry): void {
    const key = keyOf(kind, id, name, version ?? '');
    const byType = this.#entries.get(key) ?? new Map<string, Entry>();
    this.#entries.set(key, byType);
    if (isNewer(entry, byType.get(type ?? ''))) byType.set(type ?? '', entry);
  }
}

function keyOf(kind: 'any' | 'name', id: string, name: string, version: string): string {
  return `${kind}\0${id.toUpperCase()}\0${name.toLowerCase()}\0${version}`;
}

function isLenient({ status }: VexStatement): boolean {
  return status === 'not_affected' || status === 'fixed';
}

/** Returns whether an entry replaces another. Of two with the same time, the stricter one applies. */
function isNewer(entry: Entry, other: Entry | undefined): boolean {
  if (other === undefined) return true;
  if (entry.time !== other.time) return entry.time > other.time;
  if (isLenient(entry.statement) !== isLenient(other.statement)) return !isLenient(entry.statement);
  return JSON.stringify(entry.statement) < JSON.stringify(other.statement);
}

/** All packages of the image. */
const everything: PackagePattern = { name: '' };

/** Returns the packages that a statement about a product is about, or none if the product is another image. */
function patternsOf(product: VexProduct, image: JudgedImage | undefined): readonly PackagePattern[] {
  const urls = product.identifiers.flatMap((text) => parsePackageUrl(text) ?? []);
  const isAboutImage =
    product.digests.length > 0 ||
    urls.some(({ type }) => imageTypes.has(type)) ||
    product.identifiers.some((text) => digestOfReference(text) !== undefined);
  if (isAboutImage) {
    if (image === undefined || !isImage(product, urls, image)) return [];
    return product.subcomponents.length === 0 ? [everything] : product.subcomponents.flatMap(packagesOf);
  }
  // It is unknown which packages of the image belong to a package, so its subcomponents cannot be found.
  return product.subcomponents.length === 0 ? urls.map(patternOf) : [];
}

function packagesOf({ identifiers }: VexComponent): readonly PackagePattern[] {
  return identifiers
    .flatMap((text) => parsePackageUrl(text) ?? [])
    .filter(({ type }) => !imageTypes.has(type))
    .map(patternOf);
}

const imageTypes: ReadonlySet<string> = new Set(['oci', 'docker']);

/** Returns whether at least one identifier of a product names the image, and none names another image. */
function isImage(
  { identifiers, digests }: VexProduct,
  urls: readonly PackageUrl[],
  image: JudgedImage,
): boolean {
  const known: ReadonlySet<string> = new Set(image.digests);
  const references = identifiers.flatMap((text) => digestOfReference(text) ?? []);
  const claims = [
    ...[...digests, ...references].map((digest) => known.has(digest)),
    ...urls.map((url) => isImageUrl(url, image, known)),
  ];
  return claims.length > 0 && claims.every(Boolean);
}

/** Returns the digest of a reference such as `registry/web@sha256:…`. */
function digestOfReference(text: string): string | undefined {
  return /^[^\s@]{1,512}@(sha256:[0-9a-f]{64})$/.exec(text)?.[1];
}

/**
 * Returns whether a package URL names the image (purl-spec, type oci). With a digest, only the digest counts, because an
 * image has the same digest in every repository. Without one, the URL names all images of a repository, unless it has a tag.
 */
function isImageUrl(
  { type, name, version, qualifiers }: PackageUrl,
  { name: own, repositories = [], platform }: JudgedImage,
  digests: ReadonlySet<string>,
): boolean {
  const architecture = qualifiers.get('arch') ?? platform?.architecture;
  const isOther = architecture !== platform?.architecture;
  // An image without an index has no platform here, but its digest names it alone.
  if (version !== undefined) return digests.has(version) && (!isOther || platform === undefined);
  // A tag can name another image later.
  if (type !== 'oci' || isOther || qualifiers.has('tag')) return false;
  const repository = qualifiers.get('repository_url')?.replace(/^https?:\/\//, '');
  if (repository === undefined)
    return own === name || repositories.some((one) => one.split('/').at(-1) === name);
  return repositories.some((one) => one === repository || one === `${repository}/${name}`);
}

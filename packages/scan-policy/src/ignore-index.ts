import type { Finding } from '@towpath/findings';
import { endOfDay } from './instants.ts';
import type { JudgeContext } from './context.ts';
import type { StaleIgnore } from './judgement.ts';
import { pathMatcher } from './path-pattern.ts';
import type { Ignore } from './policy.ts';
import { hasFix } from './rules.ts';
import { rankOf } from './sort-findings.ts';

/** The ignores with one id and one package name, by their paths. */
interface Bucket {
  readonly anywhere: Ignore[];
  readonly byPath: Map<string, Ignore[]>;
  readonly byPattern: { readonly matches: (path: string) => boolean; readonly ignore: Ignore }[];
}

/** The ignore that accepts a finding, or the reasons why the ignores that match it no longer apply. */
interface IgnoreMatch {
  readonly ignore?: Ignore;
  readonly ended: readonly string[];
}

const nothing: IgnoreMatch = { ended: [] };

/** In characters. Longer paths match no ignore. */
const maxPath = 4096;

/** The maximum number of folders of a path that are compared. */
const maxDepth = 128;

/**
 * The ignores of a policy that apply to one image, by id, package and path. A finding is compared only with the ignores
 * that have its id or none.
 */
export class IgnoreIndex {
  readonly #ignores: readonly Ignore[];
  readonly #buckets = new Map<string, Bucket>();
  readonly #now: number;
  readonly #matched = new Set<Ignore>();
  readonly #ended = new Map<Ignore, string>();

  constructor(ignores: readonly Ignore[], { now, image }: JudgeContext) {
    this.#now = now.getTime();
    this.#ignores = ignores.filter((one) => one.image === undefined || one.image === image?.name);
    for (const ignore of this.#ignores) this.#add(ignore);
  }

  /** Finds the ignore of a finding. If several apply, it is the one that expires last. */
  match(finding: Finding): IgnoreMatch {
    if (this.#buckets.size === 0) return nothing;
    const ended: string[] = [];
    let found: Ignore | undefined;
    for (const ignore of this.#candidates(finding)) {
      if (!isSamePackage(ignore, finding)) continue;
      this.#matched.add(ignore);
      const why = this.#isExpired(ignore) ? `it expired on ${ignore.expires}` : endOf(ignore, finding);
      if (why === undefined) {
        if (found === undefined || compareIgnores(ignore, found) > 0) found = ignore;
        continue;
      }
      if (!this.#isExpired(ignore)) this.#ended.set(ignore, `${finding.id}: ${why}`);
      ended.push(`the ignore by ${ignore.owner} does not apply: ${why}`);
    }
    return { ignore: found, ended: [...new Set(ended)].sort() };
  }

  /** Returns the ignores to delete or renew, after all findings were matched. */
  stale(): readonly StaleIgnore[] {
    return this.#ignores.flatMap((ignore): StaleIgnore[] => {
      if (this.#isExpired(ignore))
        return [{ ignore, state: 'expired', why: `it expired on ${ignore.expires}` }];
      const why = this.#ended.get(ignore);
      if (why !== undefined) return [{ ignore, state: 'ended', why }];
      return this.#matched.has(ignore) ? [] : [{ ignore, state: 'unused', why: 'no finding matches it' }];
    });
  }

  #add(ignore: Ignore): void {
    const { id, package: one, path } = ignore;
    // The schema requires one of them. An ignore for everything would accept every finding.
    if (id === undefined && one === undefined && path === undefined) return;
    // An empty text means that any id or name matches.
    if (id === '' || one?.name === '') return;
    const key = bucketKey(id ?? '', one?.name ?? '');
    const bucket: Bucket = this.#buckets.get(key) ?? { anywhere: [], byPath: new Map(), byPattern: [] };
    this.#buckets.set(key, bucket);
    if (path === undefined) bucket.anywhere.push(ignore);
    else if (path.includes('*')) bucket.byPattern.push({ matches: pathMatcher(path), ignore });
    else {
      const plain = normalPath(path);
      const same = bucket.byPath.get(plain);
      if (same === undefined) bucket.byPath.set(plain, [ignore]);
      else same.push(ignore);
    }
  }

  *#candidates({ id, aliases, package: one }: Finding): Generator<Ignore> {
    const path = one?.path === undefined || one.path.length > maxPath ? undefined : normalPath(one.path);
    const ids = new Set([id, ...aliases, ''].map((name) => name.toUpperCase()));
    const names = one === undefined ? [''] : ['', one.name];
    for (const name of ids) {
      for (const packageName of names) {
        const bucket = this.#buckets.get(bucketKey(name, packageName));
        if (bucket === undefined) continue;
        yield* bucket.anywhere;
        if (path === undefined) continue;
        if (bucket.byPath.size > 0)
          for (const folder of foldersOf(path)) yield* bucket.byPath.get(folder) ?? [];
        for (const { matches, ignore } of bucket.byPattern) if (matches(path)) yield ignore;
      }
    }
  }

  #isExpired({ expires }: Ignore): boolean {
    const end = endOfDay(expires);
    return end === undefined || this.#now > end;
  }
}

function bucketKey(id: string, packageName: string): string {
  return `${id.toUpperCase()}\0${packageName.toLowerCase()}`;
}

function isSamePackage({ package: pattern }: Ignore, { package: one }: Finding): boolean {
  if (pattern === undefined) return true;
  const { type, version } = pattern;
  // Some scanners do not report the type. The name must match in any case.
  const isOtherType = type !== undefined && one?.type !== undefined && type !== one.type;
  return !isOtherType && (version === undefined || version === one?.version);
}

/** Returns why an ignore that has not expired no longer applies to a finding, or undefined if it applies. */
function endOf({ severity, whenFixed }: Ignore, finding: Finding): string | undefined {
  if (finding.isExploited === true) return 'the vulnerability is known to be exploited (CISA KEV)';
  if (severity !== undefined && rankOf(finding.severity) < rankOf(severity))
    return `the severity is ${finding.severity}, and the ignore accepts ${severity} at most`;
  if (whenFixed === 'keep' || !hasFix(finding)) return undefined;
  const [version] = finding.fix.versions;
  return version === undefined ? 'a fix exists' : `version ${version} fixes the vulnerability`;
}

/** Compares ignores by their end. Equal ones are compared by their texts, so that the order of the list never matters. */
function compareIgnores(a: Ignore, b: Ignore): number {
  const key = ({ expires, owner, reason, id, path }: Ignore) =>
    [expires, owner, reason, id ?? '', path ?? ''].join('\0');
  const [one, other] = [key(a), key(b)];
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** Returns a path without `./` or `/` at its start and without `/` at its end. */
function normalPath(path: string): string {
  return path.replace(/^(?:\.?\/)+/, '').replace(/(?<!\/)\/+$/, '');
}

/** Yields a path and the folders that contain it. */
function* foldersOf(path: string): Generator<string> {
  yield path;
  let end = path.lastIndexOf('/');
  for (let depth = 0; end > 0 && depth < maxDepth; depth += 1) {
    yield path.slice(0, end);
    end = path.lastIndexOf('/', end - 1);
  }
}

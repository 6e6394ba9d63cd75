import { readChangesets } from '@changesets/read';
import { inc, valid } from 'semver';
import { Refusal } from './refusal.ts';

const kinds = ['major', 'minor', 'patch'] as const;
type Kind = (typeof kinds)[number];

/** A change in the next release. */
export interface Change {
  /** The file that describes it, below `.changeset/`. */
  readonly file: string;
  readonly kind: Kind;
  readonly summary: string;
}

/** Returns the changes since the last release, the most significant first. */
export async function readChanges(root: string): Promise<readonly Change[]> {
  const changesets = await readChangesets(root);
  return changesets
    .map(({ id, releases, summary }) => ({
      file: `.changeset/${id}.md`,
      kind: heaviest(releases.map(({ type }) => type)),
      summary,
    }))
    .sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || a.file.localeCompare(b.file));
}

function heaviest(types: readonly string[]): Kind {
  return kinds.find((kind) => types.includes(kind)) ?? 'patch';
}

/**
 * Returns the version of the next release.
 *
 * @param asked the requested version; undefined: the version that follows from the changes
 * @throws Refusal
 */
export function nextVersion(last: string, changes: readonly Change[], asked: string | undefined): string {
  if (asked !== undefined) {
    const version = valid(asked);
    if (version !== null) return version;
    throw new Refusal([
      { message: `${JSON.stringify(asked)} is not a version.`, hint: 'Give a version such as 1.4.0.' },
    ]);
  }
  const [heaviestChange] = changes;
  if (heaviestChange === undefined) {
    throw new Refusal([
      {
        message: `There are no changesets since ${last}.`,
        hint: 'Describe the change in a file in .changeset/, or give --version.',
      },
    ]);
  }
  // Versions before 1.0.0 promise no stability, so the first release is always 1.0.0.
  return last === '0.0.0' ? '1.0.0' : (inc(last, heaviestChange.kind) ?? last);
}

/** Returns the changelog with an entry for a release, below the heading for unreleased changes. */
export function enterChanges(
  changelog: string,
  version: string,
  date: string,
  changes: readonly Change[],
): string {
  const lines = changes.map(({ summary }) => `- ${summary.trim().replaceAll('\n', '\n  ')}`);
  const entry = `## ${version} (${date})\n\n${lines.join('\n')}\n`;
  const first = changelog.indexOf('\n## ');
  if (first < 0) return `${changelog.trimEnd()}\n\n${entry}`;
  return `${changelog.slice(0, first + 1)}${entry}\n${changelog.slice(first + 1)}`;
}

import type { Note } from '@towpath/flow';
import { createHash } from 'node:crypto';

/** In characters: the limit of the body of a comment or an issue (GitHub API, 422 "body is too long"). */
const maxBody = 65_536;

/** More entries are not remembered. */
const maxEntries = 500;

const note = '\n\n_The rest is in the summary of the run._\n';

/** Returns the start of the line that identifies a note. It is a comment of HTML, so GitHub does not show it. */
export function markerLine(marker: string): string {
  if (!/^[A-Za-z0-9.:-]+$/.test(marker)) throw new TypeError(`${marker} is not the marker of a note`);
  return `<!-- ${marker} `;
}

/** Returns the body of a note with its marker and the digests of its entries, within GitHub's limit. */
export function withMarker({ marker, body }: Note, entries: readonly string[] = []): string {
  const digests = [...new Set(entries.slice(0, maxEntries).map(digestOf))].join(',');
  return cutBody(`${markerLine(marker)}${digests} -->\n${body}`).trimEnd();
}

/** Returns the digests of the entries of a note that {@link withMarker} made. */
export function entriesIn(body: string): ReadonlySet<string> {
  const [, digests = ''] = /^<!-- \S+ ([0-9a-f,]*) -->/.exec(body) ?? [];
  return new Set(digests.split(','));
}

/** Returns the short digest of an entry, as a body contains it. */
export function digestOf(entry: string): string {
  return createHash('sha256').update(entry).digest('hex').slice(0, 12);
}

/** Cuts a body at the end of a line, and closes the `<details>` that are still open. */
export function cutBody(body: string): string {
  if (body.length <= maxBody) return body;
  // Room for the note and for the ends of nested blocks.
  const start = body.slice(0, maxBody - note.length - 200);
  const kept = start.slice(0, start.lastIndexOf('\n') + 1) || start.replace(/[\uD800-\uDBFF]$/, '');
  const open = (kept.match(/<details>/g)?.length ?? 0) - (kept.match(/<\/details>/g)?.length ?? 0);
  return `${kept}${'\n\n</details>'.repeat(Math.min(10, Math.max(0, open)))}${note}`;
}

/** Returns an age as people say it: `5 min`, `3 h`, `12 d`, `5 months`, `2 years`. */
export function formatAge(since: string, read: string): string {
  const minutes = Math.max(0, Math.floor((Date.parse(read) - Date.parse(since)) / 60_000));
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h`;
  const days = Math.floor(hours / 24);
  if (days < 60) return `${days} d`;
  return days < 730 ? `${Math.floor(days / 30)} months` : `${Math.floor(days / 365)} years`;
}

/** Returns a time in UTC to the minute: `2026-01-31 12:00 UTC`. */
export function formatTime(time: string): string {
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Returns the algorithm and the first 12 digits of a digest. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}

/** Returns the first 8 digits of a commit. */
export function shortCommit(revision: string): string {
  return revision.slice(0, 8);
}

/** Returns a text of at most `length` characters. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

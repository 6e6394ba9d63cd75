/**
 * GitHub's limits for a SARIF file (GitHub docs, "SARIF files for code scanning": validation and supported
 * properties). GitHub rejects a file that exceeds a limit, except for `results`.
 */
export const limits = {
  /** The size of the file after gzip, in bytes. */
  gzipBytes: 10 * 1024 * 1024,
  runs: 20,
  /** GitHub accepts 25,000 results of a run, and keeps the 5,000 most severe ones. */
  results: 5_000,
  tagsOfRule: 20,
  /** In characters. */
  name: 255,
  /** In characters: `shortDescription.text` and `fullDescription.text` of a rule. */
  description: 1_024,
  /** In characters. GitHub documents no limit for `help` and messages; longer texts are not readable there. */
  text: 8_192,
} as const;

/** Cuts a text at a number of characters, and never within a surrogate pair. */
export function cutAt(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, maxLength - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

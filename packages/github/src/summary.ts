/** A larger summary of a step is dropped whole, and the step stays green (GitHub docs, workflow commands). */
const maxSummaryBytes = 1024 * 1024;

const note = '\n\n_The rest is in the log: a summary holds 1 MiB at most._\n';

/** The summary, cut at the end of a line when it is larger than GitHub keeps. */
export function cutSummary(markdown: string): string {
  const bytes = Buffer.from(markdown);
  if (bytes.length <= maxSummaryBytes) return markdown;
  const kept = bytes.subarray(0, maxSummaryBytes - Buffer.byteLength(note)).toString();
  return kept.slice(0, kept.lastIndexOf('\n')) + note;
}

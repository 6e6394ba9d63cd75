/**
 * The maximum size of a step's summary. GitHub drops a larger one completely, and the step still succeeds (GitHub
 * docs, workflow commands).
 */
const maxBytes = 1024 * 1024;

const note = '\n\n_The rest is in the log: a summary holds 1 MiB at most._\n';

/** A part of a step's summary. */
export interface SummaryPart {
  /** The text for the page of the run. */
  readonly shown: string;
  /** The text for the log. Empty if everything is shown. */
  readonly rest: string;
}

/** Returns a function that cuts the summary of one step at GitHub's limit. The summary may be added in parts. */
export function summaryCutter(): (markdown: string) => SummaryPart {
  let left = maxBytes - Buffer.byteLength(note);
  let isCut = false;
  return (markdown) => {
    if (isCut) return { shown: '', rest: markdown };
    const kept = beginning(markdown, left);
    left -= Buffer.byteLength(kept);
    isCut = kept.length < markdown.length;
    return { shown: isCut ? kept + note : kept, rest: markdown.slice(kept.length) };
  };
}

/** Returns the first bytes of a text, up to the end of a line if there is one, and never within a character. */
function beginning(text: string, maxLength: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxLength) return text;
  const whole = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, maxLength), {
    stream: true,
  });
  return whole.slice(0, whole.lastIndexOf('\n') + 1) || whole;
}

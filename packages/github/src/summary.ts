/** A larger summary of a step is dropped whole, and the step stays green (GitHub docs, workflow commands). */
const maxBytes = 1024 * 1024;

const note = '\n\n_The rest is in the log: a summary holds 1 MiB at most._\n';

/** A part of a step's summary. */
export interface SummaryPart {
  /** For the page of the run. */
  readonly shown: string;
  /** For the log; empty when everything is shown. */
  readonly rest: string;
}

/** Cuts the summary of one step, which may come in parts, where it becomes larger than GitHub keeps. */
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

/** The text's first bytes, to the end of a line if there is one, and never to the middle of a character. */
function beginning(text: string, maxLength: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxLength) return text;
  const whole = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, maxLength), {
    stream: true,
  });
  return whole.slice(0, whole.lastIndexOf('\n') + 1) || whole;
}

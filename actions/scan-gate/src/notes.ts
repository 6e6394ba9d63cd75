import type { IssueNote, Note } from '@towpath/flow';
import { nameOf, type JudgedImage } from '@towpath/gate';
import { failedBefore, summarise, type Judged } from '@towpath/gate-report';
import { link, md, page } from '@towpath/markdown';
import { createHash } from 'node:crypto';

/** In bytes. A body of GitHub has 65,536 characters at most; the rest is for the marker and the footer. */
const maxBody = 60_000;

/** What identifies the notes of a step, and what they link to. */
export interface NoteContext {
  /** The inputs that choose the images: the same choice has the same note. */
  readonly selection: readonly (string | undefined)[];
  /** The environment that is judged. */
  readonly environment: string | undefined;
  /** The URL of the run. */
  readonly run: string | undefined;
}

/** Returns the comment on the pull request. */
export function commentOf(judged: Judged, context: NoteContext): Note {
  return { marker: markerOf(context), body: bodyOf(judged, context) };
}

/** Returns the issue for images that do not pass. */
export function issueOf(judged: Judged, context: NoteContext): IssueNote {
  const where = context.environment === undefined ? '' : ` of ${context.environment}`;
  return {
    marker: markerOf(context),
    title: `The images${where} do not pass the gate`,
    body: bodyOf(judged, context),
    isResolved: judged.verdict === 'pass' && !judged.images.some(failedEarlier),
    entries: entriesOf(judged),
  };
}

/** What failed at an earlier reading keeps the issue open. */
function failedEarlier({ subjects }: JudgedImage): boolean {
  return subjects.some(({ judgement }) => failedBefore(judgement).length > 0);
}

function markerOf({ selection }: NoteContext): string {
  const hash = createHash('sha256')
    .update(JSON.stringify(selection.map((one) => one ?? null)))
    .digest('hex');
  return `towpath:scan-gate:${hash.slice(0, 12)}`;
}

function bodyOf(judged: Judged, { run }: NoteContext): string {
  const footer = run === undefined ? undefined : md`${link('The run', run)} has the whole report.`;
  return page(summarise(judged, maxBody), footer).toString();
}

/** Returns one entry for each finding that fails and each image that is unknown, so that a later run can recognise new ones. */
function entriesOf({ images, unjudged }: Judged): readonly string[] {
  return [...unjudged.map(({ message }) => message), ...images.flatMap(entriesOfImage)];
}

function entriesOfImage({ name, verdict, subjects }: JudgedImage): readonly string[] {
  const findings = subjects.flatMap((subject) =>
    [...subject.judgement.violations, ...failedBefore(subject.judgement)].map(
      ({ finding: { id, package: affected } }) =>
        `${nameOf(subject)}: ${id}${affected === undefined ? '' : ` in ${affected.name}`}`,
    ),
  );
  return verdict === 'unknown' ? [`${name}: no complete scan`, ...findings] : findings;
}

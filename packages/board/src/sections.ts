import { formatAge, shorten } from './figures.ts';
import { html, link, type Html } from './html.ts';
import { badge, badgeOf, renderKind, renderTime, renderWho } from './matrix.ts';
import type { Board, BoardAttempt, BoardEntry, BoardEnvironment, BoardGroup, Comparison } from './model.ts';

/** The maximum number of names in one line. The others are only counted. */
const maxNames = 12;

/** Returns what could not be read. Empty if everything was read. */
export function renderProblems({ ledgers, runtimes }: Board): Html | undefined {
  const unread = ledgers.filter(({ problems, state }) => problems.length > 0 || state !== 'read');
  const items = [
    ...unread.map(
      ({ ledger, state, problems }) =>
        html`<li>
          <strong>${ledger}</strong> <span class="badge unknown">${state}</span>
          <ul>
            ${problems.map(({ code, message, hint }) => html`<li>${message}${hint && html` ${hint}`} <code>${code}</code></li>`)}
          </ul>
        </li>`,
    ),
    ...runtimes
      .filter(({ state }) => state !== 'read')
      .map(
        ({ kind, registry, state, detail }) =>
          html`<li>
            <strong>${kind} of ${registry}</strong> <span class="badge unknown">${state}</span> ${detail}
          </li>`,
      ),
  ];
  return items.length === 0
    ? undefined
    : html`<section class="problems" aria-labelledby="problems">
        <h2 id="problems">Not completely read</h2>
        <ul>
          ${items}
        </ul>
      </section>`;
}

/** Returns what differs between every environment and its source. */
export function renderComparisons({ prefix, comparisons, unfinished }: BoardGroup): Html {
  const rows = comparisons.map(
    (one) =>
      html`<tr>
        <th scope="row">${one.source} → ${one.target}</th>
        <td>${describeBehind(one)}</td>
        <td>${one.differences.length === 0 ? 'none' : listDifferences(one)}</td>
        <td>
          ${one.compare === undefined ? html`<span class="none">not known</span>` : link('compare commits', one.compare)}
        </td>
      </tr>`,
  );
  const table = renderTable(
    `Differences of ${prefix}`,
    ['From → to', 'Behind by', 'Images that differ', 'Commits'],
    rows,
  );
  const note = html`<p>
    <span class="badge notice">unfinished</span> Versions whose publication did not finish:
    ${namesOf(unfinished)}.
  </p>`;
  return html`${
    comparisons.length === 0
      ? ''
      : html`<h3>Differences</h3>
          ${table}`
  }${unfinished.length === 0 ? '' : note}`;
}

function describeBehind({ behind, differences }: Comparison): Html {
  if (behind === undefined) return html`<span class="none">not known</span>`;
  if (behind === 0) return html`${differences.length === 0 ? 'same images' : 'no version'}`;
  return html`<span class="badge notice">${behind} ${behind === 1 ? 'version' : 'versions'}</span>`;
}

function listDifferences({ differences }: Comparison): Html {
  const items = differences.map(
    ({ image, source, target }) => html`<li>${image}: ${source ?? 'absent'} → ${target ?? 'absent'}</li>`,
  );
  return items.length <= 3
    ? html`<ul>
        ${items}
      </ul>`
    : html`<details>
        <summary>${items.length} images</summary>
        <ul>
          ${items}
        </ul>
      </details>`;
}

/** Returns the entries of every environment, each in a part that opens. */
export function renderHistory({ prefix, environments }: BoardGroup, read: string): Html {
  const parts = environments
    .filter(({ history, attempts }) => history.length + attempts.length > 0)
    .map((one) => renderEntries(prefix, one, read));
  return parts.length === 0
    ? html``
    : html`<h3>History</h3>
        ${parts}
        <p class="fine">
          Promotions and rollbacks that were refused or failed are above the entry that they left in place, at
          most five for each entry. A run that was killed, or that could not reach the ledger, is not
          recorded.
        </p>`;
}

function renderEntries(
  prefix: string,
  { name, history, attempts, isComplete }: BoardEnvironment,
  read: string,
): Html {
  const after = (number: number) =>
    attempts.filter((one) => one.after === number).map((one) => renderAttempt(one, read));
  const entries = history.flatMap((entry) => [
    ...after(entry.number),
    html`<tr>
      <th scope="row">${renderKind(entry)}</th>
      <td><strong>${entry.version}</strong></td>
      <td>${renderTime(entry.when, `${formatAge(entry.when, read)} ago`)}</td>
      <td>${renderWho(entry)}</td>
      <td>
        ${entry.verdict === undefined ? html`<span class="badge">no verdict</span>` : badge(entry.verdict, entry.verdict)}
      </td>
      <td>${describeEntry(entry)}</td>
    </tr>`,
  ]);
  const rows = [...entries, ...after(0)];
  const end = isComplete ? 'This is the whole history.' : 'Older entries are in the ledger.';
  return html`<details class="history">
    <summary>${name}: ${countHistory(history.length, attempts.length)}</summary>
    ${renderTable(`History of ${prefix} ${name}`, ['Entry', 'Version', 'When', 'Who', 'Gate', 'Change'], rows)}
    <p class="fine">${end}</p>
  </details>`;
}

function countHistory(entries: number, attempts: number): string {
  const recorded = entries === 0 ? 'no entries' : `${entries} ${entries === 1 ? 'entry' : 'entries'}`;
  if (attempts === 0) return recorded;
  return `${recorded}, ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'} refused or failed`;
}

function renderAttempt(attempt: BoardAttempt, read: string): Html {
  const { kind, outcome, version, when, problems } = attempt;
  return html`<tr class="attempt">
    <th scope="row">${kind} <span class="badge ${badgeOf(attempt)}">${outcome}</span></th>
    <td>${version ?? html`<span class="none">previous images</span>`}</td>
    <td>${renderTime(when, `${formatAge(when, read)} ago`)}</td>
    <td>${renderWho(attempt)}</td>
    <td><span class="none">none</span></td>
    <td>
      <ul>
        ${problems.map(({ code, message }) => html`<li>${shorten(message, 200)} <code>${code}</code></li>`)}
      </ul>
    </td>
  </tr>`;
}

function describeEntry({ from, restores, reason, changes }: BoardEntry): Html {
  const parts = [
    from === undefined ? undefined : html`from ${from}`,
    restores === undefined ? undefined : html`back to #${restores}`,
    reason === undefined ? undefined : html`reason: ${shorten(reason, 200)}`,
    changes && describeChanges(changes),
  ];
  return html`${parts.filter((part) => part !== undefined).flatMap((part, index) => (index === 0 ? [part] : ['; ', part]))}`;
}

function describeChanges(changes: NonNullable<BoardEntry['changes']>): Html {
  if (changes.length === 0) return html`no image changed`;
  return html`changed
  ${namesOf(changes.map(({ image, before, after }) => `${image} ${before ?? 'absent'} → ${after ?? 'absent'}`))}`;
}

function namesOf(names: readonly string[]): string {
  const rest = names.length - maxNames;
  const shown = names.slice(0, maxNames).join(', ');
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

/** Returns the services and functions that run images of the board. */
export function renderServices({ services, runtimes }: Board): Html {
  if (runtimes.length === 0) return html``;
  const rows = services.map(
    ({ kind, name, repository, digest, running, environments }) =>
      html`<tr data-search="${`${name} ${repository} ${digest}`.toLowerCase()}">
        <th scope="row">${name}</th>
        <td>${kind}</td>
        <td>
          ${repository}
          <div class="fine"><code>${digest}</code></div>
        </td>
        <td>${running}</td>
        <td>
          ${environments.length === 0 ? html`<span class="badge fail">in no entry</span>` : environments.join(', ')}
        </td>
      </tr>`,
  );
  return html`<section aria-labelledby="services">
    <h2 id="services">What really runs</h2>
    ${
      services.length === 0
        ? html`<p>No service or function with an image of these registries was observed.</p>`
        : renderTable(
            'Services and functions',
            ['Service', 'Runtime', 'Image', 'Running', 'Recorded in'],
            rows,
          )
    }
  </section>`;
}

/** Returns a table that scrolls by itself. Its region takes the focus, so that the keyboard can scroll it. */
function renderTable(label: string, columns: readonly string[], rows: readonly Html[]): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">
    <table>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col">${column}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

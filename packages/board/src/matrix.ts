import { formatAge, formatTime, shortCommit, shorten, shortDigest } from './figures.ts';
import { html, link, type Html, type HtmlContent } from './html.ts';
import type { BoardAttempt, BoardCell, BoardEnvironment, BoardEntry, BoardGroup, Verdict } from './model.ts';
import { describeAttempted, imageNames, isNamesake, lastAttempt, statusOf } from './status.ts';

/** Returns the table of a group: a row for each image, a column for each environment. */
export function renderMatrix(group: BoardGroup, read: string): Html {
  const { prefix, environments } = group;
  const title = `Images of ${prefix === '' ? 'the registry' : prefix} by environment`;
  const cells = environments.map((one) => new Map(one.cells.map((cell) => [cell.image, cell])));
  const rows = imageNames(group).map((image) =>
    renderRow(
      image,
      environments.map((environment, index) => [environment, cells[index]?.get(image)] as const),
      read,
    ),
  );
  const columns = ['Image', ...environments.map(({ name }) => name), 'Last change'];
  const heads = columns.map((label, index) => {
    const environment = environments[index - 1];
    return html`<th scope="col" aria-sort="${index === 0 ? 'ascending' : 'none'}">
      <button type="button" class="sort">${label}</button
      >${environment && renderHead(environment, group, read)}
    </th>`;
  });
  return html`<div class="scroll" role="region" aria-label="${title}" tabindex="0">
    <table class="matrix">
      <caption class="hidden">
        ${title}
      </caption>
      <thead>
        <tr>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

type EnvironmentCell = readonly [BoardEnvironment, BoardCell | undefined];

function renderRow(image: string, cells: readonly EnvironmentCell[], read: string): Html {
  const present = cells.flatMap(([, cell]) => cell ?? []);
  const states = [...new Set(present.map(statusOf))];
  const known = cells.filter(([{ problem }]) => problem === undefined);
  const isMixed = new Set(known.map(([, cell]) => cell?.digest)).size > 1;
  const newest = present
    .map(({ since }) => since)
    .sort()
    .at(-1);
  const search = [
    image,
    ...present.flatMap(({ version, digest, revision = '' }) => [version, digest, revision]),
  ];
  return html`<tr
    data-search="${search.join(' ').toLowerCase()}"
    data-states="${[...states, ...(isMixed ? ['mixed'] : [])].join(' ')}"
  >
    <th scope="row" data-value="${image}">${image}</th>
    ${cells.map(([environment, cell]) => renderCell(environment, cell, read))}
    <td data-value="${newest}">${newest === undefined ? '' : renderTime(newest, formatAge(newest, read))}</td>
  </tr> `;
}

function renderCell({ problem }: BoardEnvironment, cell: BoardCell | undefined, read: string): Html {
  if (cell === undefined)
    return problem === undefined
      ? html`<td data-value=""><span class="none">not in this environment</span></td>`
      : html`<td data-value=""><span class="badge unknown">unknown</span></td>`;
  const age = html`${cell.isOlder ? 'over ' : ''}${formatAge(cell.since, read)}`;
  const commit =
    cell.revision &&
    html` ·
      <span class="what">commit</span>
      ${link(html`<code>${shortCommit(cell.revision)}</code>`, cell.commit)}`;
  const who = cell.actor && html` · ${link(shorten(cell.actor, 40), cell.run)}`;
  return html`<td data-value="${cell.version}">
    <strong>${shorten(cell.version, 60)}</strong> ${renderGate(cell)}
    <div class="fine"><code title="${cell.repository}@${cell.digest}">${shortDigest(cell.digest)}</code></div>
    <div class="fine">${renderTime(cell.since, age)} · #${cell.entry}${commit}${who}</div>
    ${renderPolicy(cell)} ${renderChecks(cell)}
  </td>`;
}

/** Returns the recorded verdict, and beside it the current one. */
function renderGate({ recorded, now }: BoardCell): Html {
  const then =
    recorded === undefined
      ? html`<span class="badge">no verdict</span>`
      : badge(recorded, `gate ${recorded}`);
  return now.state === 'not-observed'
    ? html`${then} <span class="badge unknown" title="${now.detail}">now not observed</span>`
    : html`${then} ${badge(now.verdict, `now ${now.verdict}`, now.detail)}`;
}

/** Returns by which policy and scan the image was judged now. */
function renderPolicy({ policy, now }: BoardCell): Html {
  if (now.state === 'not-observed' || now.policy === undefined) return html``;
  const by =
    now.policy === policy ? 'the same policy' : html`another policy <code>${shortDigest(now.policy)}</code>`;
  const scan =
    now.scanned === undefined ? '' : html`, scan of ${renderTime(now.scanned, formatTime(now.scanned))}`;
  return html`<div class="fine">now judged by ${by}${scan}</div>`;
}

function renderChecks(cell: BoardCell): Html {
  const of = (wanted: string) => cell.checks.filter(({ state }) => state === wanted);
  const drift = of('drift').map(
    ({ about, detail }) => html`<li><span class="badge fail">drift: ${about}</span> ${detail}</li>`,
  );
  const missing = of('not-observed').map(
    ({ about, detail }) => html`<li><span class="badge unknown">${about} not observed</span> ${detail}</li>`,
  );
  const fine = of('ok').map(({ about }) => about);
  return html`<ul class="checks">
    ${drift}${cell.checks.length === 0 ? html`<li><span class="badge unknown">not observed</span></li>` : missing}${
      fine.length === 0 ? '' : html`<li class="fine">observed as recorded: ${fine.join(', ')}</li>`
    }
  </ul>`;
}

function renderHead(environment: BoardEnvironment, group: BoardGroup, read: string): Html {
  const { from, ledger, problem, history } = environment;
  const isShown = problem !== undefined || history.length === 0 || isNamesake(environment, group);
  const origin = html`${from === undefined ? '' : html`<div class="fine">from ${from}</div>`}
  ${isShown ? html`<div class="fine">${ledger}</div>` : ''}`;
  if (problem !== undefined)
    return html`${origin} <span class="badge unknown">not readable: ${problem.code}</span>`;
  return html`${origin} ${renderNewest(environment, read)} ${renderLastAttempt(environment, read)}`;
}

function renderNewest({ history: [newest] }: BoardEnvironment, read: string): Html {
  if (newest === undefined) return html`<span class="badge">no entries</span>`;
  return html`<div class="fine">
      ${renderKind(newest)} of ${shorten(newest.version, 40)} ·
      ${renderTime(newest.when, formatAge(newest.when, read))}
    </div>
    <div class="fine">${renderWho(newest)}</div>`;
}

/** Returns the refusal or failure that came after the newest entry. */
function renderLastAttempt(environment: BoardEnvironment, read: string): Html {
  const attempt = lastAttempt(environment);
  if (attempt === undefined) return html``;
  const { outcome, when, problems } = attempt;
  return html`<div class="fine">
    last attempt
    <span class="badge ${badgeOf(attempt)}" title="${problems[0]?.message ?? ''}">${outcome}</span>
    ${shorten(describeAttempted(attempt), 60)} · ${renderTime(when, formatAge(when, read))} ·
    ${renderWho(attempt)}
  </div>`;
}

/** Returns the class of the badge of an attempt. */
export function badgeOf({ outcome }: BoardAttempt): string {
  return outcome === 'refused' ? 'notice' : 'fail';
}

/** Returns the person and the run of an entry. */
export function renderWho({ actor, run }: Pick<BoardEntry, 'actor' | 'run'>): Html {
  if (actor === undefined && run === undefined) return html`<span class="none">person not recorded</span>`;
  return html`${actor && shorten(actor, 40)}${actor !== undefined && run !== undefined ? ' · ' : ''}${run && link('run', run)}`;
}

export function renderKind({ kind, number }: Pick<BoardEntry, 'kind' | 'number'>): Html {
  return kind === 'promotion'
    ? html`#${number} promotion`
    : html`#${number} <span class="badge ${kind === 'adoption' ? '' : 'notice'}">${kind}</span>`;
}

export function renderTime(time: string, label: HtmlContent): Html {
  return html`<time datetime="${time}" title="${formatTime(time)}">${label}</time>`;
}

export function badge(verdict: Verdict, label: string, detail?: string): Html {
  return html`<span class="badge ${verdict}" ${detail === undefined ? '' : html` title="${detail}"`}
    >${label}</span
  >`;
}

import { createHash } from 'node:crypto';
import { formatTime } from './figures.ts';
import { Html, html, inlineJson } from './html.ts';
import { renderMatrix, renderTime } from './matrix.ts';
import type { Board, BoardGroup } from './model.ts';
import { script } from './script.ts';
import { renderComparisons, renderHistory, renderProblems, renderServices } from './sections.ts';
import { countStates } from './status.ts';
import { style } from './style.ts';

/**
 * Returns the board as one HTML document without any request, which also works as a file. Its content security policy
 * allows only its own script and style, by their digests.
 */
export function renderPage(board: Board): string {
  const { read, groups } = board;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <meta name="robots" content="noindex" />
        <title>Board: images by environment</title>
        <link rel="icon" href="data:," />
        ${inline.style}
      </head>
      <body>
        <header>
          <h1>Images by environment</h1>
          <p>
            Data read ${renderTime(read, formatTime(read))}
            <span id="age" class="fine" data-read="${read}"></span>
          </p>
          ${renderTotals(board)}
        </header>
        <main>
          ${renderProblems(board)} ${renderTools(groups)}
          ${groups.map((group, index) => renderGroup(group, read, index))}
          ${groups.length === 0 ? html`<p>No environment was found in the ledgers that could be read.</p>` : ''}
          ${renderServices(board)}
        </main>
        <footer class="fine">
          <p>
            The verdict, the person, the run and the version are recorded in the ledger. Checks are observed
            at the time above. “Not observed” means that nothing is known, not that nothing differs.
          </p>
          <p>${board.calls} requests to AWS.</p>
        </footer>
        ${inlineJson('data', board)} ${inline.script}
      </body>
    </html> `.toString();
}

/** The exact text of both elements matters: the policy contains its digests. */
const inline = {
  style: new Html(`<style>${style}</style>`),
  script: new Html(`<script>${script}</script>`),
} as const;

/** `img-src` allows the empty icon, without which browsers ask a server for one. */
const policy = [
  "default-src 'none'",
  `script-src '${sourceHash(script)}'`,
  `style-src '${sourceHash(style)}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

function sourceHash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function renderTotals(board: Board): Html {
  const { ok, drift, 'not-observed': unseen } = countStates(board);
  const count = (number: number, one: string, many: string) => `${number} ${number === 1 ? one : many}`;
  const environments = board.groups.reduce((sum, group) => sum + group.environments.length, 0);
  return html`<ul class="totals">
    <li class="badge">${count(environments, 'environment', 'environments')}</li>
    <li class="badge${drift > 0 ? ' fail' : ''}">${drift} with drift</li>
    <li class="badge${unseen > 0 ? ' unknown' : ''}">${unseen} not completely observed</li>
    <li class="badge${ok > 0 ? ' pass' : ''}">${ok} observed as recorded</li>
  </ul>`;
}

/** The controls are hidden without the script. */
function renderTools(groups: readonly BoardGroup[]): Html {
  if (groups.length === 0) return html`<div class="tools" hidden>${controls}</div>`;
  return html`<div class="tools" role="search" aria-label="Images" data-script hidden>${controls}</div>`;
}

const controls = html` <label for="search"
    >Filter by image, version, digest or commit (press /)<input
      id="search"
      type="search"
      autocomplete="off"
      spellcheck="false"
  /></label>
  <label for="show"
    >Show<select id="show">
      <option value="">all images</option>
      <option value="drift">with drift</option>
      <option value="not-observed">not completely observed</option>
      <option value="mixed">different between environments</option>
    </select></label
  >
  <button type="button" id="save">Save data as JSON</button>
  <output id="count" for="search show" role="status"></output>`;

function renderGroup(group: BoardGroup, read: string, index: number): Html {
  const id = `group-${index}`;
  return html`<section class="group" aria-labelledby="${id}">
    <h2 id="${id}">${group.prefix === '' ? 'Registry without a prefix' : group.prefix}</h2>
    ${renderMatrix(group, read)} ${renderComparisons(group)} ${renderHistory(group, read)}
  </section> `;
}

/**
 * The style of the page. Colours come from the scheme of the reader's system, and every pair of text and background has a
 * contrast of at least 4.5 (WCAG 2.2, 1.4.3).
 */
export const style = `
:root { color-scheme: light; --back: #fff; --panel: #f6f8fa; --text: #1f2328; --fine: #59636e; --line: #d1d9e0; --link: #0550ae;
  --pass: #116329; --pass-back: #dafbe1; --fail: #a40e26; --fail-back: #ffebe9; --unknown: #633c01; --unknown-back: #fff8c5;
  --notice: #0550ae; --notice-back: #ddf4ff; }
@media (prefers-color-scheme: dark) { :root { color-scheme: dark; --back: #0d1117; --panel: #161b22; --text: #e6edf3; --fine: #9198a1;
  --line: #3d444d; --link: #58a6ff; --pass: #7ee787; --pass-back: #12261e; --fail: #ff9492; --fail-back: #34161a; --unknown: #f0c94e;
  --unknown-back: #272115; --notice: #79c0ff; --notice-back: #121d2f; } }
@media print { :root { color-scheme: light; --back: #fff; --panel: #fff; --text: #000; --fine: #333; --line: #888; --link: #000;
  --pass: #000; --pass-back: #fff; --fail: #000; --fail-back: #fff; --unknown: #000; --unknown-back: #fff; --notice: #000;
  --notice-back: #fff; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1.25rem clamp(.75rem, 2vw, 2rem) 3rem; background: var(--back); color: var(--text);
  font: 15px/1.45 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.5rem; } h2 { margin: 2rem 0 .5rem; font-size: 1.2rem; overflow-wrap: anywhere; }
h3 { margin: 1.25rem 0 .4rem; font-size: 1rem; } p { margin: .4rem 0; } ul { margin: 0; padding-left: 1.1rem; }
a { color: var(--link); } code { font: .92em ui-monospace, monospace; overflow-wrap: anywhere; }
.fine { color: var(--fine); font-size: .85rem; font-weight: 400; } .none { color: var(--fine); font-style: italic; font-size: .9rem; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.badge { display: inline-block; padding: 0 .45em; border: 1px solid var(--line); border-radius: 1em; font-size: .78rem;
  line-height: 1.5; font-weight: 400; white-space: nowrap; }
.pass { color: var(--pass); background: var(--pass-back); border-color: currentcolor; }
.fail { color: var(--fail); background: var(--fail-back); border-color: currentcolor; }
.unknown { color: var(--unknown); background: var(--unknown-back); border-color: currentcolor; }
.notice { color: var(--notice); background: var(--notice-back); border-color: currentcolor; }
.totals { display: flex; flex-wrap: wrap; gap: .4rem; margin: .6rem 0; padding: 0; list-style: none; }
.totals .badge { font-size: .9rem; padding: .1em .7em; }
.tools { position: sticky; top: 0; z-index: 3; display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: end; margin: .75rem 0;
  padding: .6rem 0; background: var(--back); border-bottom: 1px solid var(--line); }
.tools label { display: grid; gap: .15rem; font-size: .85rem; color: var(--fine); }
.tools output { font-size: .9rem; padding-bottom: .4rem; }
input, select, .tools button { font: inherit; color: var(--text); background: var(--back); border: 1px solid var(--fine);
  border-radius: 6px; padding: .35rem .6rem; }
input[type=search] { width: min(22rem, 80vw); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.scroll { overflow-x: auto; max-width: 100%; border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; width: 100%; min-width: 40rem; } th, td { padding: .5rem .7rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); } tbody tr:last-child > * { border-bottom: 0; }
thead th { background: var(--panel); } tbody th { font-weight: 600; overflow-wrap: anywhere; min-width: 8rem; }
.matrix td { min-width: 15rem; overflow-wrap: anywhere; } .matrix td:last-child { min-width: 6rem; }
.matrix th:first-child { position: sticky; left: 0; z-index: 1; background: var(--panel); max-width: 40vw; }
.sort { all: unset; cursor: pointer; font-weight: 700; } .sort:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.sort::after { content: " ↕"; color: var(--fine); } [aria-sort=ascending] > .sort::after { content: " ↑"; }
[aria-sort=descending] > .sort::after { content: " ↓"; }
.checks { padding: 0; list-style: none; font-size: .85rem; } .checks li { margin-top: .2rem; }
.problems { margin: 1rem 0; padding: .25rem 1rem .75rem; border: 1px solid var(--unknown); border-radius: 8px; background: var(--unknown-back); }
.problems h2 { margin: .5rem 0; } .problems li { margin: .2rem 0; overflow-wrap: anywhere; }
details { margin: .4rem 0; } summary { cursor: pointer; } footer { margin-top: 2rem; }
[hidden] { display: none !important; }
@media (max-width: 40rem) { .tools { position: static; } }
@media print { html { font-size: 10.5px; } body { padding: 0; font-size: 1rem; } .tools, .sort::after { display: none; } .scroll { overflow: visible; border: 0; } table { min-width: 0; }
  .matrix td { min-width: 0; } .matrix th:first-child { position: static; } thead { display: table-header-group; }
  tr, .problems { break-inside: avoid; } h2, h3 { break-after: avoid; } details::details-content { content-visibility: visible; }
  .badge { white-space: normal; } }
`;

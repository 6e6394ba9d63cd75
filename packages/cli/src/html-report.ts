import type { GateReport } from '@towpath/gate';

/** Returns a report as a web page of one file, without scripts and requests. The worst findings come first. */
export function htmlReport({ verdict, images }: GateReport): string {
  const rows = images.flatMap(({ name, platforms }) =>
    platforms.flatMap(({ platform = '', violations, deferred, accepted, known, allowed }) =>
      [
        ...violations.map(({ finding }) => ({ finding, state: 'fails' })),
        ...deferred.map(({ finding }) => ({ finding, state: 'within the grace period' })),
        ...known.map(({ finding }) => ({ finding, state: 'known' })),
        ...allowed.map((finding) => ({ finding, state: 'allowed' })),
        ...accepted.map(({ finding }) => ({ finding, state: 'accepted' })),
      ].map(({ finding, state }) => [
        name,
        platform,
        finding.severity,
        finding.id,
        [finding.package?.name, finding.package?.version].filter(Boolean).join(' '),
        finding.fix.versions.slice(0, 5).join(', '),
        state,
      ]),
    ),
  );
  const scans = images.flatMap(({ name, digest, platforms }) =>
    platforms.map(({ platform = '', status, verdict: own }) => [name, platform, digest, status, own]),
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Scan report</title>
<style>body{font:14px system-ui;margin:2em}table{border-collapse:collapse;margin:1em 0}td,th{border:1px solid #8888;padding:.3em .6em;text-align:left}</style>
<h1>Scan report: ${escape(verdict)}</h1>
${table(['Image', 'Platform', 'Digest', 'Scan', 'Verdict'], scans)}
${table(['Image', 'Platform', 'Severity', 'Finding', 'Package', 'Fixed in', 'State'], rows)}
</html>
`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join('')}</tr>`;
  return `<table>\n${[line(header, 'th'), ...rows.map((row) => line(row, 'td'))].join('\n')}\n</table>`;
}

/** Characters that control a terminal, which may show the page, or that change the direction of the text around them. */
const hidden = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`).replace(hidden, '\ufffd');
}

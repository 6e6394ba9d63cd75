import { shorten } from './text.ts';

/** The ids of one vulnerability. */
export interface Identifiers {
  readonly id: string;
  readonly aliases: readonly string[];
}

const cve = /^CVE-\d{4}-\d{4,19}$/i;

/** The maximum number of aliases of a vulnerability. */
const maxAliases = 500;

/** The maximum number of CVEs of an advisory. Those of a kernel list some hundred. */
const maxCves = 500;

/**
 * Returns the ids of the vulnerabilities of a finding: one for each CVE, or one with the scanner's own id if there is none.
 * All ids that are not CVEs are aliases. An advisory such as ALAS2-2026-1 can be about several CVEs. A decision about one
 * of them must not affect the others, so a CVE is never an alias of another CVE.
 *
 * @param own the scanner's id. If it is a CVE, other CVEs are only related to it.
 * @param others of the same vulnerability, or of all vulnerabilities that an advisory is about
 */
export function identify(
  own: string | undefined,
  others: readonly (string | undefined)[] = [],
): readonly Identifiers[] {
  const ids = new Set([own, ...others].flatMap((id) => normalised(shorten(id)) ?? []));
  const [first = 'unnamed'] = ids;
  const cves = cve.test(first) ? [first] : [...ids].filter((id) => cve.test(id));
  const names = [...ids].filter((id) => !cve.test(id));
  // With more CVEs, the advisory itself is the vulnerability.
  const found = cves.length === 0 || cves.length > maxCves ? [first] : cves;
  return found.map((id) => ({ id, aliases: names.filter((one) => one !== id).slice(0, maxAliases) }));
}

/** Returns the id of a vulnerability whose source has no other ids. */
export function identifyAlone(own: string | undefined): Identifiers {
  return { id: normalised(shorten(own)) ?? 'unnamed', aliases: [] };
}

function normalised(id: string | undefined): string | undefined {
  return id !== undefined && cve.test(id) ? id.toUpperCase() : id;
}

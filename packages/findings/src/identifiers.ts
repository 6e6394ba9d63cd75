import { shorten } from './text.ts';

/** The ids of one vulnerability. */
interface Identifiers {
  readonly id: string;
  readonly aliases: readonly string[];
}

const cve = /^CVE-\d{4}-\d{4,19}$/i;

/** The maximum number of aliases of a vulnerability. Advisories of a kernel list some hundred. */
const maxAliases = 500;

/**
 * Returns the CVE as the id of a vulnerability, or the scanner's own id if there is none, and all other ids as aliases.
 *
 * @param own the scanner's id
 * @param others of the same vulnerability, or of all vulnerabilities that an advisory is about
 */
export function identify(own: string | undefined, others: readonly (string | undefined)[] = []): Identifiers {
  const [first = 'unnamed', ...rest] = [own, ...others].flatMap((id) => normalised(shorten(id)) ?? []);
  // A CVE is one vulnerability. Other CVEs beside it are related to it, but are not aliases.
  const ids = cve.test(first) ? [first, ...rest.filter((id) => !cve.test(id))] : [first, ...rest];
  const id = ids.find((one) => cve.test(one)) ?? first;
  return { id, aliases: [...new Set(ids)].filter((one) => one !== id).slice(0, maxAliases) };
}

function normalised(id: string | undefined): string | undefined {
  return id !== undefined && cve.test(id) ? id.toUpperCase() : id;
}

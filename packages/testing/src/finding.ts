import type { Finding } from '@towpath/findings';

/** Returns a critical finding without a package, which differs from others only in the given fields. */
export function makeFinding(fields: Partial<Finding> = {}): Finding {
  return {
    id: 'CVE-2026-1',
    aliases: [],
    severity: 'critical',
    fix: { state: 'unknown', versions: [] },
    cvss: [],
    source: 'trivy',
    ...fields,
  };
}

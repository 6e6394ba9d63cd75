const units = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const;

const pattern = /^(?:(?<w>\d+)w)?(?:(?<d>\d+)d)?(?:(?<h>\d+)h)?(?:(?<m>\d+)m)?(?:(?<s>\d+)s)?$/;

/** Milliseconds, from `90s`, `12h`, `7d` or `1h30m`; undefined when it is no duration. */
export function parseDuration(text: string): number | undefined {
  const groups = text === '' ? undefined : pattern.exec(text)?.groups;
  if (groups === undefined) return undefined;
  return Object.entries(units).reduce(
    (sum, [unit, milliseconds]) => sum + Number(groups[unit] ?? 0) * milliseconds,
    0,
  );
}

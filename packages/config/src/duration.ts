const units = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const;

const pattern =
  /^(?:(?<w>\d{1,9})w)?(?:(?<d>\d{1,9})d)?(?:(?<h>\d{1,9})h)?(?:(?<m>\d{1,9})m)?(?:(?<s>\d{1,9})s)?$/;

/** Returns milliseconds for `90s`, `12h`, `7d`, `2w` or `1h30m`, or undefined if the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  const groups = text === '' ? undefined : pattern.exec(text)?.groups;
  if (groups === undefined) return undefined;
  return Object.entries(units).reduce(
    (sum, [unit, milliseconds]) => sum + Number(groups[unit] ?? 0) * milliseconds,
    0,
  );
}

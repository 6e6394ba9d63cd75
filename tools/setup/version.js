/**
 * @param {string} version such as v24.21.0, go1.26.3 or 1:1.35.0-4+deb12u1: its first dotted number counts
 * @param {string} least such as 24.5
 */
export function isAtLeast(version, least) {
  const [have, want] = [numbersOf(version), numbersOf(least)];
  for (const [place, number] of want.entries()) {
    const difference = (have[place] ?? 0) - number;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** @param {string} version */
function numbersOf(version) {
  return (/\d+(\.\d+)+|\d+$/.exec(version)?.[0] ?? '').split('.').map(Number);
}

/**
 * @param {string} version such as 24.21.0, go1.26.3 or 2:26.1.5+dfsg1-9; its first dotted number counts
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

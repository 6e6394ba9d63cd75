/**
 * Waits for promises of different types. If one fails, it still waits for the others, so that nothing keeps running.
 *
 * @throws the failure that occurred first
 */
export async function waitForAll<T extends readonly unknown[]>(
  promises: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const all = Promise.all(promises);
  // Promise.allSettled returns results in the order of the list, not in the order of time.
  await Promise.allSettled([all, ...promises]);
  return all;
}

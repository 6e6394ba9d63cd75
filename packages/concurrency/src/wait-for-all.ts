/**
 * Waits for promises of different kinds, also when one of them fails: nothing goes on running behind its failure.
 *
 * @throws the first failure in time
 */
export async function waitForAll<T extends readonly unknown[]>(
  promises: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const all = Promise.all(promises);
  // Promise.allSettled has the order of the list, not of time.
  await Promise.allSettled([all, ...promises]);
  return all;
}

/** An image, and the image that it belongs to: the subject of an attestation. */
interface Member {
  readonly digest: string;
  readonly belongsTo?: string;
}

/**
 * Returns the images so that each one follows the image that it belongs to, with its depth. Otherwise the order stays. An
 * image whose owner is missing has depth 0.
 */
export function groupBySubject<T extends Member>(
  images: readonly T[],
): readonly { readonly image: T; readonly depth: number }[] {
  const known = new Set(images.map(({ digest }) => digest));
  const members = Map.groupBy(images, ({ belongsTo = '' }) => (known.has(belongsTo) ? belongsTo : ''));
  const grouped: { image: T; depth: number }[] = [];
  const seen = new Set<T>();
  // A stack of our own: a chain of referrers of any length must not overflow the call stack.
  const stack = (members.get('') ?? []).toReversed().map((image) => ({ image, depth: 0 }));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { image, depth } = next;
    if (seen.has(image)) continue;
    seen.add(image);
    grouped.push(next);
    for (const member of (members.get(image.digest) ?? []).toReversed())
      stack.push({ image: member, depth: depth + 1 });
  }
  // A circle of subjects is impossible for real digests, but nothing may disappear.
  return [...grouped, ...images.filter((image) => !seen.has(image)).map((image) => ({ image, depth: 0 }))];
}

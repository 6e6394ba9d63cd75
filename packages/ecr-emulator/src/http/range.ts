/** The positions of the first and the last byte of a part. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Parses a Range header for content of a size. Ignores a header with another unit, with several ranges or with an
 * invalid format, as RFC 9110 (14.2) allows.
 */
export function parseRange(
  header: string | undefined,
  size: number,
): ByteRange | 'unsatisfiable' | undefined {
  const parts = /^bytes=(?<first>\d*)-(?<last>\d*)$/.exec(header ?? '')?.groups;
  const { first = '', last = '' } = parts ?? {};
  if (first === '' && last === '') return undefined;
  if (first === '') return suffix(Number(last), size);
  const range = { first: Number(first), last: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
  if (range.first >= size) return 'unsatisfiable';
  return range.last < range.first ? undefined : range;
}

function suffix(length: number, size: number): ByteRange | 'unsatisfiable' {
  if (length === 0 || size === 0) return 'unsatisfiable';
  return { first: Math.max(0, size - length), last: size - 1 };
}

/** Parses the Content-Range of an upload, without a unit: `0-1023` (OCI distribution 1.1, chunks). */
export function parseContentRange(header: string): ByteRange | undefined {
  const { first, last } =
    /^(?:bytes[ =])?(?<first>\d+)-(?<last>\d+)(?:\/(?:\d+|\*))?$/.exec(header)?.groups ?? {};
  if (first === undefined || last === undefined || Number(last) < Number(first)) return undefined;
  return { first: Number(first), last: Number(last) };
}

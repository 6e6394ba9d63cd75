import { PassThrough, type Readable } from 'node:stream';

const owned = new WeakSet<Readable>();

/**
 * Marks a stream whose chunks only its reader uses. A reader that is done with a chunk may free its memory.
 *
 * @returns the stream
 */
export function ownChunks(stream: Readable): Readable {
  owned.add(stream);
  return stream;
}

/** Returns whether only the reader of a stream uses its chunks. */
export function ownsChunks(stream: unknown): boolean {
  return owned.has(stream as Readable);
}

/**
 * Frees the memory of a chunk at once. Otherwise more than 100 MiB of sent chunks wait for the garbage collector,
 * because V8 counts their memory only roughly. A chunk that shares its memory with others is left to it.
 *
 * @returns whether it was freed
 */
export function free({ buffer, byteLength }: Buffer): boolean {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== byteLength || byteLength === 0) return false;
  buffer.transfer(0);
  return true;
}

/**
 * Returns a stream that passes chunks on one by one. The iterator of another stream joins the chunks that wait in it,
 * which copies them.
 */
export function chunkwise(): PassThrough {
  return new PassThrough({ writableHighWaterMark: 1, readableObjectMode: true, readableHighWaterMark: 1 });
}

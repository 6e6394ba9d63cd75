import { setTimeout as sleep } from 'node:timers/promises';

/** What is done to a body on its way. */
export interface Shape {
  /** Something happens when so many bytes have passed. */
  readonly after?: number;
  readonly act?: () => Promise<void>;
  /** The place of a byte that becomes another. */
  readonly corruptAt?: number;
  readonly bytesPerSecond?: number;
}

/** A thin line is emptied so often in a second. */
const ticks = 20;

/** The body in its new shape. */
export async function* shaped(body: AsyncIterable<Buffer>, shape: Shape): AsyncGenerator<Buffer> {
  let passed = 0;
  const happening = shape.after;
  const step =
    shape.bytesPerSecond === undefined ? Infinity : Math.max(1, Math.ceil(shape.bytesPerSecond / ticks));
  if (happening === 0) await shape.act?.();
  for await (const chunk of body) {
    for (let from = 0; from < chunk.length;) {
      const untilHappening = happening !== undefined && passed < happening ? happening - passed : Infinity;
      const piece = chunk.subarray(from, Math.min(chunk.length, from + step, from + untilHappening));
      yield corrupted(piece, (shape.corruptAt ?? -1) - passed);
      from += piece.length;
      passed += piece.length;
      if (step !== Infinity) await sleep(1000 / ticks);
      if (passed === happening) await shape.act?.();
    }
  }
}

function corrupted(piece: Buffer, at: number): Buffer {
  if (at < 0 || at >= piece.length) return piece;
  const copy = Buffer.from(piece);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}

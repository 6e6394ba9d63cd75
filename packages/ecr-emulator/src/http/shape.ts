import { setTimeout as sleep } from 'node:timers/promises';

/** A change to a body in transit. */
export interface Shape {
  /** The number of bytes before `act` runs. */
  readonly after?: number;
  readonly act?: () => Promise<void>;
  /** The position of a byte to change. */
  readonly corruptAt?: number;
  readonly bytesPerSecond?: number;
}

/** The number of chunks per second at a limited bandwidth. */
const ticks = 20;

/** Applies a shape to a body. */
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

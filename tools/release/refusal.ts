/** One thing that is in the way of a release. */
export interface Obstacle {
  readonly message: string;
  readonly hint: string;
  /** `file:line`, where there is one. */
  readonly place?: string;
}

/** A release cannot be made as things stand: everything that is in the way, at once. Nothing was written. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly obstacles: readonly Obstacle[];

  constructor(obstacles: readonly Obstacle[]) {
    super(
      obstacles
        .map(({ message, hint, place }) => [place, message, hint].filter(Boolean).join(' '))
        .join('\n'),
    );
    this.obstacles = obstacles;
  }
}

/** @throws Refusal when there is an obstacle */
export function requireNone(obstacles: readonly Obstacle[]): void {
  if (obstacles.length > 0) throw new Refusal(obstacles);
}

/** A problem that prevents a release. */
export interface Obstacle {
  readonly message: string;
  readonly hint: string;
  /** `file:line`, if the problem has a location. */
  readonly place?: string;
}

/** The error that lists every problem that prevents a release. Nothing was written. */
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

/** @throws Refusal if there is a problem */
export function requireNone(obstacles: readonly Obstacle[]): void {
  if (obstacles.length > 0) throw new Refusal(obstacles);
}

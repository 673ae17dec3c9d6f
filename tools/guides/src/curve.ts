import { round } from './svg.ts';

/** A place in a picture. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

type Piece = readonly [start: Point, bend: Point, end: Point];

/** A smooth line along some points: from the first to the last, bending at those between. */
export class Curve {
  readonly #pieces: readonly Piece[];

  constructor(points: readonly Point[]) {
    const bends = points.slice(1, -1);
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) throw new RangeError('A curve has two ends');
    const ends = bends.map((bend, index) => middle(bend, bends[index + 1]) ?? last);
    this.#pieces = bends.map((bend, index) => [ends[index - 1] ?? first, bend, ends[index] ?? last]);
  }

  /** As an SVG path. */
  get path(): string {
    const [start] = this.#pieces[0] ?? [];
    const bends = this.#pieces.map(([, bend, end]) => `Q${place(bend)} ${place(end)}`);
    return start === undefined ? '' : [`M${place(start)}`, ...bends].join(' ');
  }

  /** The point of the line that is nearest to another one. */
  nearestTo(other: Point): Point {
    const steps = Array.from({ length: 21 }, (_, step) => step / 20);
    const points = this.#pieces.flatMap((piece) => steps.map((share) => pointOf(piece, share)));
    return points.reduce((best, point) => (distance(point, other) < distance(best, other) ? point : best));
  }
}

function middle(one: Point, other: Point | undefined): Point | undefined {
  return other && { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 };
}

function pointOf([start, bend, end]: Piece, share: number): Point {
  const at = (a: number, b: number, c: number): number =>
    (1 - share) ** 2 * a + 2 * share * (1 - share) * b + share ** 2 * c;
  return { x: at(start.x, bend.x, end.x), y: at(start.y, bend.y, end.y) };
}

function distance(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}

function place({ x, y }: Point): string {
  return `${round(x)},${round(y)}`;
}

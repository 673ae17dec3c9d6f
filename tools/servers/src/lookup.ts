/** A program that can be run here. */
export interface Found {
  /** The executable; for a server without a program of its own, the folder or module that runs it. */
  readonly path: string;
  readonly version: string;
  /** In words: `TEMPORAL_CLI_PATH`, `PATH`, `cache`. */
  readonly from: string;
}

/** One place where a program may be. */
export interface Place {
  /** In words, for the error: `"temporal" on PATH`. */
  readonly label: string;
  /** @returns the program, or in words why it is not there; it may throw, which counts as the same */
  look(): Promise<Found | string>;
}

/** Where a program may be, in this order. */
export interface Places {
  /** Its name for people: `The Temporal CLI`. */
  readonly title: string;
  /** What it needs wherever it comes from, a Java for instance: why that is not there, in words. Default: nothing. */
  readonly obstacle?: () => Promise<string | undefined>;
  /** Looked at without touching the network. */
  readonly local: readonly Place[];
  /** Ways to get it. */
  readonly remote: readonly Place[];
  /** What a person can do: `install it (https://...) and put it on PATH`. */
  readonly byHand: string;
}

/** A program that is missing on this machine; the message says what was tried and how to install it by hand. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

/** @returns the program when it is on this machine already, else why not, in words; the network is not touched */
export async function findLocally(places: Places): Promise<Found | string> {
  const obstacle = await places.obstacle?.();
  if (obstacle !== undefined) return obstacle;
  const found = await walk(places.local);
  if (!Array.isArray(found)) return found;
  const ways = places.remote.map((place) => place.label).join(', or ');
  return `${found.join('; ')}. It is fetched from: ${ways}.`;
}

/**
 * Finds a program on this machine, or gets it.
 *
 * @throws UnavailableError when something that it needs is missing or every place fails
 */
export async function obtain({ title, obstacle, local, remote, byHand }: Places): Promise<Found> {
  const missing = await obstacle?.();
  const found = missing === undefined ? await walk([...local, ...remote]) : [];
  if (!Array.isArray(found)) return found;
  const why = missing ?? `${found.join('; ')}. To install it by hand: ${byHand}`;
  throw new UnavailableError(`${title} cannot be had: ${why}.`);
}

/** @returns the program, or what was tried */
async function walk(places: readonly Place[]): Promise<Found | string[]> {
  const tried: string[] = [];
  for (const place of places) {
    const result = await place.look().catch((error: unknown) => {
      if (error instanceof UnavailableError) throw error;
      return error instanceof Error ? error.message : String(error);
    });
    if (typeof result !== 'string') return result;
    tried.push(`${place.label}: ${result}`);
  }
  return tried;
}

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
  /** Looked at without touching the network. */
  readonly local: readonly Place[];
  /** Ways to get it. */
  readonly remote: readonly Place[];
  /** What a person can do: `install it (https://...) and put it on PATH`. */
  readonly byHand: string;
}

/** A program that cannot be had on this machine; the message says what was tried and how to install it by hand. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

/** @returns the program when it is on this machine already; the network is not touched */
export async function findLocally(places: Places): Promise<Found | undefined> {
  const { found } = await walk(places.local);
  return found;
}

/**
 * Finds a program on this machine, or gets it.
 *
 * @throws UnavailableError when every place fails
 */
export async function obtain(places: Places): Promise<Found> {
  const { found, tried } = await walk([...places.local, ...places.remote]);
  if (found !== undefined) return found;
  throw new UnavailableError(
    `${places.title} cannot be had: ${tried.join('; ')}. To install it by hand: ${places.byHand}.`,
  );
}

async function walk(places: readonly Place[]): Promise<{ found?: Found; tried: string[] }> {
  const tried: string[] = [];
  for (const place of places) {
    const result = await place.look().catch((error: unknown) => {
      if (error instanceof UnavailableError) throw error;
      return error instanceof Error ? error.message : String(error);
    });
    if (typeof result !== 'string') return { found: result, tried };
    tried.push(`${place.label}: ${result}`);
  }
  return { tried };
}

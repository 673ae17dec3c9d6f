/** An activity that ends when the test says so. */
export interface GatedActivity {
  readonly activities: { readonly countRows: () => Promise<number> };
  /** Resolves when it has begun. */
  readonly begun: Promise<void>;
  readonly runs: () => number;
  readonly end: (rows: number) => void;
}

export function gatedActivity(): GatedActivity {
  const begin = Promise.withResolvers<undefined>();
  const { promise, resolve } = Promise.withResolvers<number>();
  let runs = 0;
  const countRows = (): Promise<number> => {
    runs++;
    begin.resolve(undefined);
    return promise;
  };
  return { activities: { countRows }, begun: begin.promise, runs: () => runs, end: resolve };
}

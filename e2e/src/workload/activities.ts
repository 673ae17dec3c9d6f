/** The activities of the workload: nothing but plain computation, since the calls around them are the point. */
export const activities = {
  async measure(item: number): Promise<number> {
    return Promise.resolve((item * 37) % 101);
  },
  async record(item: number, rows: number): Promise<string> {
    return Promise.resolve(`item ${item}: ${rows} rows`);
  },
};

/** The type that the workflow needs of them. */
export type Activities = typeof activities;

import { format, resolveConfig } from 'prettier';

/** What the page shows, as Markdown tables. */
export interface PageTables {
  /** Whole days, with an outage of ten minutes in the middle. */
  readonly day: string;
  /** Outages that outlast every lease, by the cap of the waits. */
  readonly outages: string;
}

/**
 * The page on the simulation, formatted as the rest of the repository is.
 *
 * @param file where it will lie
 */
export async function fleetPage(
  file: string,
  workers: number,
  { day, outages }: PageTables,
): Promise<string> {
  const fleet = workers.toLocaleString('en');
  const text = [
    '# Fleet simulation',
    '',
    `${fleet} schedulers start within one second and run for 24 hours on a virtual clock. The token server fails for`,
    '10 minutes in the middle. `npx nx simulate fleet-simulation` runs the code of `refresh-scheduler` and writes this page. The clock and the random numbers',
    'are its own, so that every machine gives the same figures.',
    '',
    day,
    '',
    'Rates are token requests a second. The steady state leaves out the first hour and the hour after the outage. A herd is the',
    'peak of the hour after the outage. Both are measured in windows of 10 s. In single seconds, chance alone gives a server with',
    'few requests high peaks: of independent requests at 7 a second, about 20 come in the fullest second of a day.',
    '',
    'Tokens of 5 minutes all expire in an outage of 10. Their herd comes from the short waits that follow, see below.',
    '',
    '![Token requests a second over time](./fleet-simulation.svg)',
    '',
    '## An outage that outlasts every lease',
    '',
    `${fleet} workers with tokens of 5 minutes have run for half an hour when the server fails, for 10 or for 30 minutes. After 5 of them`,
    'no worker has a token. Between two attempts each waits for a random time from 0 to the cap (`maxWithoutLeaseMs`, by default 10 s).',
    '',
    outages,
    '',
    'A cap costs two requests a second for each worker, divided by the cap in seconds, as long as the server is down. When the server is back,',
    'half of the fleet has a token within a third of the cap, and every worker at about the cap. There is no herd then: the rate begins at that of',
    'the outage, and falls as the workers get their tokens.',
    '',
    'Temporal allows a worker 60 s of refused calls. A cap of 60 s spends all of that on one wait, and with 120 s the last workers come too late.',
    'With 10 s five more waits fit, and a server that is well for a few seconds is seldom missed. With 20 s, a server that is down gets half of the requests.',
    "For thousands of workers on one small identity provider, consider `backoff: { maxWithoutLeaseMs: 60_000 }`: it makes a sixth of the default's requests.",
    '',
  ].join('\n');
  return await format(text, { ...(await resolveConfig(file)), filepath: file });
}

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
    `${fleet} schedulers start within one second and run for 24 hours on a virtual clock; the token server fails for`,
    '10 minutes in the middle. Written by `npm run simulate` in `tools/fleet-simulation`, which runs the code of `refresh-scheduler`.',
    '',
    day,
    '',
    'Rates are token requests a second. The steady state leaves out the first hour and the hour after the outage. A herd is the',
    'peak of the hour after the outage. Windows of 10 s are the measure of both, since in single seconds chance alone gives a',
    'server with few requests high peaks: independent requests at 7 a second come to about 20 in the fullest second of a day.',
    '',
    'Tokens of 5 minutes all end in an outage of 10; their herd is the price of the short waits that follow, see below.',
    '',
    '![Token requests a second over time](./fleet-simulation.svg)',
    '',
    '## An outage that outlasts every lease',
    '',
    `${fleet} workers with tokens of 5 minutes have run for half an hour when the server fails, for 10 or for 30 minutes. After 5 of them`,
    'nobody has a token any more, and each worker waits for a time that is drawn evenly from 0 to the cap (`maxWithoutLeaseMs`, by default',
    '20 s) between two attempts.',
    '',
    outages,
    '',
    'What a cap costs: two requests a second for each worker, divided by the cap in seconds, for as long as the server is down, however long that',
    'is. What it buys: when the server is good again, half of the fleet has a token within a third of the cap, and everybody within the cap. There is no',
    'herd then: the rate begins at that of the outage and falls as the workers get their tokens.',
    '',
    'Temporal gives a worker whose calls are refused 60 s. A cap of 60 s spends all of that on one wait, and with 120 s the last workers come too late;',
    'with 20 s two more waits fit. A cap of 5 s gives 99 % of the workers their token 13 s sooner, and asks a server that is down four times as often.',
    'For thousands of workers on one small identity provider, weigh it: `backoff: { maxWithoutLeaseMs: 60_000 }` asks a third as often as the default.',
    '',
  ].join('\n');
  return await format(text, { ...(await resolveConfig(file)), filepath: file });
}

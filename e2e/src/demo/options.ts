import {
  nameHelp,
  nameOptions,
  type Names,
  parseCommandLine,
  readNames,
  UsageError,
} from '@worker-auth/servers';

const longestSeconds = 86_400;

/** The options of `npm start`. */
export interface DemoOptions {
  readonly names: Names;
  /** How long workflows are started. */
  readonly runMs: number;
  /** With what seed chance breaks things; `undefined`: it breaks nothing. */
  readonly chaosSeed: number | undefined;
  /** How long what is broken stays so at most. */
  readonly faultSeconds: number;
}

/** What `npm start -- --help` prints. */
export const help = `Two real workers on a real Temporal server, their tokens expiring every few seconds: ours, and a plain one.

npm start -- [OPTIONS]

  --seconds N         how long; default 120, a day at most
  --chaos             injects random faults
  --seed N            the same seed, the same buttons; default a new one
  --fault-seconds N   how long anything stays broken at most; default 90
${nameHelp}
  --help              this text

With TEMPORAL_ADDRESS, WORKER_AUTH_TOKEN_URL and the like in the environment it uses your servers, those of
"npm run servers -- up" for example.`;

/**
 * Reads the command line.
 *
 * @returns `undefined` when help is asked for
 * @throws UsageError when it makes no sense
 */
export function readOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): DemoOptions | undefined {
  const { values } = parseCommandLine({
    args: [...args],
    options: {
      ...nameOptions,
      seconds: { type: 'string', default: '120' },
      chaos: { type: 'boolean', default: false },
      seed: { type: 'string' },
      'fault-seconds': { type: 'string', default: '90' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return undefined;
  return {
    names: readNames(values, env),
    runMs: readSeconds('--seconds', values.seconds) * 1_000,
    chaosSeed: readSeed(values.chaos, values.seed),
    faultSeconds: readSeconds('--fault-seconds', values['fault-seconds']),
  };
}

function readSeconds(option: string, text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && seconds <= longestSeconds) return seconds;
  throw new UsageError(
    `${option} takes a number above 0 and up to ${longestSeconds}, not ${JSON.stringify(text)}`,
  );
}

function readSeed(chaos: boolean, seed: string | undefined): number | undefined {
  if (!chaos && seed !== undefined) throw new UsageError('--seed is for --chaos');
  if (!chaos) return undefined;
  if (seed === undefined) return Math.floor(Date.now() / 1_000);
  if (/^\d{1,15}$/.test(seed)) return Number(seed);
  throw new UsageError(`--seed takes a whole number, not ${JSON.stringify(seed)}`);
}

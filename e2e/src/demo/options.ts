import {
  nameHelp,
  nameOptions,
  type Names,
  parseCommandLine,
  readNames,
  UsageError,
} from '@worker-auth/servers';

const longestSeconds = 86_400;

/** What `npm start` is told. */
export interface DemoOptions {
  readonly names: Names;
  /** How long workflows are started. */
  readonly runMs: number;
}

/** What `npm start -- --help` prints. */
export const help = `A real worker on a real Temporal server, its tokens expiring every few seconds.

npm start -- [OPTIONS]

  --seconds N         how long; default 60, a day at most
${nameHelp}
  --help              this text

With ATLAN_WORKFLOW_HOST, ATLAN_WORKFLOW_AUTH_URL and the like in the environment it uses your servers, those of
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
      seconds: { type: 'string', default: '60' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return undefined;
  return { names: readNames(values, env), runMs: readSeconds(values.seconds) * 1_000 };
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && seconds <= longestSeconds) return seconds;
  throw new UsageError(
    `--seconds takes a number above 0 and up to ${longestSeconds}, not ${JSON.stringify(text)}`,
  );
}

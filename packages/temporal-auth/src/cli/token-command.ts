import { dateMs, decodeJwt } from '../errors/jwt.ts';
import { runbookPlace } from '../doctor/diagnosis.ts';
import { visible } from '../doctor/examination.ts';
import { silentLogger } from '../doctor/scene.ts';
import { shownClaims } from '../doctor/shown-claims.ts';
import { switchedOff } from '../errors/own-errors.ts';
import { TemporalAuthError } from '../errors/temporal-auth-error.ts';
import { AtlanAuthClient, applicationOfClient } from '../facade/atlan-auth-client.ts';
import {
  applicationOf,
  type CliHost,
  type CliValues,
  type Command,
  commonOptions,
  type ExitCode,
  timeoutMsOf,
  UsageError,
} from './command.ts';

const formats = ['text', 'json'] as const;

/** A token that was just got. */
interface GotToken {
  readonly token: string;
  readonly expiresAt: Date;
  readonly remainingMs: number;
  readonly source: string;
  /** What the claims are shown without. */
  readonly secrets: readonly string[];
}

/** What the token of an application says. */
export const tokenCommand: Command = {
  name: 'token',
  summary: 'Gets a token, and tells its claims and how long it lives.',
  options: {
    ...commonOptions,
    output: {
      type: 'string',
      value: 'text|json',
      description: 'json: as exec credential plugins give it; default text',
    },
    raw: {
      type: 'boolean',
      description: 'the token itself: alone, or in the JSON; whoever has it is the application',
    },
  },
  examples: [
    'token',
    'token --output json',
    'curl -H "Authorization: Bearer $(worker-auth token --raw)" https://…',
  ],
  async run(values, host) {
    const isJson = formatOf(values) === 'json';
    const isRaw = values['raw'] === true;
    try {
      const got = await getToken(values, host);
      if (isJson) host.out(JSON.stringify(credentialOf(got, isRaw), undefined, 2));
      else host.out(isRaw ? got.token : textOf(got));
      return 0;
    } catch (error) {
      return told(error, host);
    }
  },
};

async function getToken(values: CliValues, { env }: CliHost): Promise<GotToken> {
  const timeoutMs = timeoutMsOf(values);
  const client = new AtlanAuthClient({
    ...applicationOf(values),
    discovery: { dapr: { startupTimeoutMs: timeoutMs, requestTimeoutMs: timeoutMs } },
    token: { timeoutMs },
    logger: silentLogger,
    env,
  });
  try {
    const token = await client.getAccessToken();
    const expiresAt = client.getTokenExpiryTime();
    if (token === undefined || expiresAt === undefined) throw switchedOff();
    const source = client.getCredentialsSource() ?? 'their source';
    return {
      token,
      expiresAt,
      remainingMs: client.getTimeUntilExpiry() ?? 0,
      source,
      secrets: applicationOfClient(client).tokens?.secrets ?? [],
    };
  } finally {
    await client.stop();
  }
}

/**
 * The form of Kubernetes' `client.authentication.k8s.io/v1`, which has the token itself in `status.token`.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
function credentialOf(got: GotToken, isRaw: boolean): object {
  const { token, expiresAt, remainingMs, source } = got;
  return {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: {
      expirationTimestamp: `${expiresAt.toISOString().slice(0, 19)}Z`,
      ...(isRaw && { token }),
    },
    remainingSeconds: Math.floor(remainingMs / 1_000),
    credentialsSource: visible(source),
    claims: claimsOf(got),
  };
}

function textOf(got: GotToken): string {
  const { expiresAt, remainingMs, source } = got;
  const seconds = Math.floor(remainingMs / 1_000);
  const claims = Object.entries(claimsOf(got) ?? {});
  const lines = claims.map(([name, value]) => `  ${name}: ${JSON.stringify(value)}${momentOf(name, value)}`);
  return [
    `A token came for the credentials from ${visible(source)}.`,
    `It is good for ${seconds} s, until ${expiresAt.toISOString()}.`,
    ...(lines.length === 0
      ? ['It is no JWT: it has no claims that can be read.']
      : ['Its claims:', ...lines]),
  ].join('\n');
}

function claimsOf({ token, secrets }: GotToken): Readonly<Record<string, unknown>> | undefined {
  const jwt = decodeJwt(token);
  return jwt && shownClaims(jwt.claims, secrets);
}

/** What a NumericDate means. */
function momentOf(name: string, value: unknown): string {
  const ms = ['exp', 'iat', 'nbf'].includes(name) ? dateMs(value) : undefined;
  return ms === undefined ? '' : ` (${new Date(ms).toISOString()})`;
}

function formatOf({ output = 'text' }: CliValues): (typeof formats)[number] {
  const format = formats.find((known) => known === output);
  if (format === undefined)
    throw new UsageError(`--output must be ${formats.join(' or ')}, not "${String(output)}"`);
  return format;
}

/** @throws what is no failure to get a token */
function told(error: unknown, { error: tell }: CliHost): ExitCode {
  if (!(error instanceof TemporalAuthError)) throw error;
  tell(visible(`error: ${error.message}`));
  tell(`${error.code}: see ${runbookPlace(error.code)}, or run "worker-auth doctor"`);
  return 3;
}

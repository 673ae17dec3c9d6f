import { runbookPlace } from '../doctor/diagnosis.ts';
import { silentLogger, visible } from '../doctor/diagnosis-context.ts';
import { shownClaims } from '../doctor/token-exchange.ts';
import { dateMs, decodeJwt } from '../errors/jwt.ts';
import { TemporalAuthError } from '../errors/temporal-auth-error.ts';
import { AtlanAuthClient } from '../facade/atlan-auth-client.ts';
import { applicationBehind } from '../tokens/application.ts';
import {
  applicationOf,
  type CliHost,
  type CliValues,
  type Command,
  commonOptions,
  flag,
  timeoutMsOf,
  UsageError,
  valued,
} from './command.ts';

type GotToken = Awaited<ReturnType<typeof getToken>>;

/** What the token of an application says. */
export const tokenCommand: Command = {
  name: 'token',
  summary: 'Gets a token, and shows its claims and its lifetime.',
  options: {
    ...commonOptions,
    output: valued('text|json', 'json: as exec credential plugins give it; default text'),
    raw: flag('the token itself: alone, or in the JSON; whoever has it is the application'),
  },
  examples: [
    'token',
    'token --output json',
    'curl -H "Authorization: Bearer $(worker-auth token --raw)" https://…',
  ],
  async run(values, host) {
    const { output = 'text', raw } = values;
    if (output !== 'text' && output !== 'json')
      throw new UsageError(`--output must be text or json, not "${String(output)}"`);
    try {
      const got = await getToken(values, host);
      const text = raw === true ? got.token : textOf(got);
      host.out(output === 'json' ? JSON.stringify(credentialOf(got, raw === true), undefined, 2) : text);
      return 0;
    } catch (error) {
      if (!(error instanceof TemporalAuthError)) throw error;
      host.error(visible(`error: ${error.message}`));
      host.error(`${error.code}: see ${runbookPlace(error.code)}, or run "worker-auth doctor"`);
      return 3;
    }
  },
};

/** Gets one; `claims` are without secrets, and `undefined` for a token that is no JWT. */
async function getToken(values: CliValues, { env }: CliHost) {
  const timeoutMs = timeoutMsOf(values);
  await using client = new AtlanAuthClient({
    ...applicationOf(values),
    discovery: { dapr: { startupTimeoutMs: timeoutMs, requestTimeoutMs: timeoutMs } },
    ...{ token: { timeoutMs }, logger: silentLogger, env },
  });
  const token = await client.getToken();
  const remainingMs = client.getTimeUntilExpiry() ?? 0;
  const jwt = decodeJwt(token);
  return {
    ...{ token, seconds: Math.floor(remainingMs / 1_000) },
    // There is one while there is a token.
    expiresAt: client.getTokenExpiryTime() as Date,
    source: visible(String(client.health().credentialsSource)),
    claims: jwt && shownClaims(jwt.claims, applicationBehind(client).tokens?.secrets ?? []),
  };
}

/**
 * The form of Kubernetes' `client.authentication.k8s.io/v1`, which has the token itself in `status.token`.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
function credentialOf({ token, expiresAt, seconds, source, claims }: GotToken, isRaw: boolean): object {
  const expirationTimestamp = `${expiresAt.toISOString().slice(0, 19)}Z`;
  return {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { expirationTimestamp, ...(isRaw && { token }) },
    ...{ remainingSeconds: seconds, credentialsSource: source, claims },
  };
}

function textOf({ expiresAt, seconds, source, claims = {} }: GotToken): string {
  const lines = Object.entries(claims).map(([name, value]) => {
    // What a NumericDate means.
    const ms = ['exp', 'iat', 'nbf'].includes(name) ? dateMs(value) : undefined;
    const moment = ms === undefined ? '' : ` (${new Date(ms).toISOString()})`;
    return `  ${name}: ${JSON.stringify(value)}${moment}`;
  });
  return [
    `A token came for the credentials from ${source}.`,
    `It is good for ${seconds} s, until ${expiresAt.toISOString()}.`,
    lines.length === 0 ? 'It is no JWT: it has no claims that can be read.' : 'Its claims:',
    ...lines,
  ].join('\n');
}

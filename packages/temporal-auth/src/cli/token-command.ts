import { dateMs, decodeJwt } from '@worker-auth/internal';
import { visible } from '@worker-auth/internal';
import { shownClaims } from '../doctor/token-exchange.ts';
import { TemporalAuthError } from '@worker-auth/calls/errors/temporal-auth-error';
import { switchedOff } from '@worker-auth/calls/errors/own-errors';
import { silentLogger } from '@worker-auth/calls/settings/loggers';
import { readApplication } from '@worker-auth/calls/tokens/application';
import type { ApplicationTokens } from '@worker-auth/calls/tokens/application-tokens';
import {
  type CliHost,
  type CliValues,
  type Command,
  commonOptions,
  reportError,
  textOf,
  timeoutMsOf,
  UsageError,
} from '@worker-auth/calls/command-line';

export const tokenCommand: Command = {
  name: 'token',
  summary: 'Gets a token, and shows its claims and its lifetime.',
  options: {
    ...commonOptions,
    '--output <text|json>': 'json: a Kubernetes ExecCredential; default text',
    '--raw': 'prints the token itself, alone or in the JSON; keep it secret',
  },
  examples: [
    'worker-auth token',
    'worker-auth token --output json',
    'curl -H "Authorization: Bearer $(worker-auth token --raw)" https://…',
  ],
  async run(values, host) {
    const { output = 'text' } = values;
    if (output !== 'text' && output !== 'json')
      throw new UsageError(`--output must be text or json, not "${String(output)}"`);
    try {
      host.out(await tokenText(values, host));
      return 0;
    } catch (error) {
      if (!(error instanceof TemporalAuthError)) throw error;
      reportError(error, host);
      return 3;
    }
  },
};

async function tokenText(values: CliValues, { env }: CliHost): Promise<string> {
  const timeoutMs = timeoutMsOf(values);
  const options = { applicationName: textOf(values, 'application'), logger: silentLogger, env };
  const { tokens } = readApplication(options, timeoutMs);
  if (tokens === undefined) throw switchedOff();
  try {
    return shownToken(await tokens.getToken(), tokens, values);
  } finally {
    await tokens.stop();
  }
}

function shownToken(
  token: string,
  { manager, secrets, credentialsSource }: ApplicationTokens,
  { raw: isRaw = false, output }: CliValues,
) {
  const remainingSeconds = Math.floor((manager.remainingMs ?? 0) / 1_000);
  // There is one while there is a token.
  const expiry = (manager.expiresAt as Date).toISOString();
  const source = visible(String(credentialsSource));
  const jwt = decodeJwt(token);
  const claims = jwt && shownClaims(jwt.claims, secrets);
  if (output === 'json') {
    // As `kubectl` takes it: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
    const status = { expirationTimestamp: `${expiry.slice(0, 19)}Z`, ...(isRaw !== false && { token }) };
    const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status };
    return JSON.stringify(
      { ...credential, remainingSeconds, credentialsSource: source, claims },
      undefined,
      2,
    );
  }
  if (isRaw !== false) return token;
  const lines = Object.entries(claims ?? {}).map(([name, value]) => {
    // What a NumericDate means.
    const ms = ['exp', 'iat', 'nbf'].includes(name) ? dateMs(value) : undefined;
    return `  ${name}: ${JSON.stringify(value)}${ms === undefined ? '' : ` (${new Date(ms).toISOString()})`}`;
  });
  return [
    `Got an access token with the credentials from ${source}.`,
    `It is good for ${remainingSeconds} s, until ${expiry}.`,
    lines.length === 0 ? 'It is no JWT: it has no claims that can be read.' : 'Its claims:',
    ...lines,
  ].join('\n');
}

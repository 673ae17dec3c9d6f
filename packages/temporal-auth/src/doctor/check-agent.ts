import { dateMs, decodeJwt, isJsonObject, parseJson } from '@worker-auth/internal';
import { readBoundedFile } from '@worker-auth/internal/file';
import { networkErrorCode, nodeFetch, readBounded } from '@worker-auth/internal/network';
import { refreshDelay } from '@worker-auth/refresh-scheduler';
import { TokenManagerErrorCode } from '@worker-auth/token-manager';
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { TemporalAuthErrorCode } from '../errors/temporal-auth-error.ts';
import { ApplicationTokens } from '../tokens/application-tokens.ts';
import { readCommonSettings } from '../settings/auth-settings.ts';
import { clientSecret, openOption } from '../settings/credentials.ts';
import { bareHost, portOf } from '../settings/host.ts';
import { failed } from './check-endpoint.ts';
import { type DiagnosisContext, type Found, ProblemFound, silentLogger } from './diagnosis-context.ts';
import { DoctorCode } from './doctor-code.ts';

/** No token and no answer of an agent is longer. */
const maxBytes = 65_536;

/** Anything else is a file. */
const addressForm = /^(?:https?:|unix:)/i;

const { agentAway, agentLate, agentRejects, agentUnready } = DoctorCode;
const { settingRejected } = TemporalAuthErrorCode;

/** Looks whether the agent is there and how old its token is. The other checks look at that token then. */
export async function checkAgent(context: DiagnosisContext): Promise<void> {
  const { options } = context;
  const { agent } = options;
  if (agent === undefined) {
    context.skip(['agent'], 'no agent is named (option agent)');
    return;
  }
  const look = addressForm.test(agent) ? askAgent : readFileOf;
  context.tokens = await context.check('agent', () => look(context, agent));
  context.options = { ...options, authEnabled: true };
  context.tokenFile = agent;
}

async function readFileOf(context: DiagnosisContext, path: string): Promise<Found<ApplicationTokens>> {
  const { clock } = context;
  const { fileUnreadable } = TokenManagerErrorCode;
  const read = async (signal: AbortSignal) =>
    [await readBoundedFile(path, { maxBytes, signal }), (await stat(path)).mtimeMs] as const;
  const [token, writtenMs] = await context.inTime(`text of ${path}`, read).catch((error: unknown) => {
    const unread = `The token file ${path} cannot be read`;
    if (networkErrorCode(error) !== 'ENOENT')
      return failed(fileUnreadable, unread, 'Run the doctor as the user who reads the token.')(error);
    const none = `There is no ${path}: no agent has written a token to it. Start the agent with --out ${path}; if it runs, its log says why it has none.`;
    throw new ProblemFound(agentAway, none);
  });
  // The agent gives the file the time of its token.
  const ageMs = clock.wallNow() - writtenMs;
  return aged(`the token in ${path} is ${inSeconds(ageMs)} old`, token, ageMs, clock.wallNow());
}

async function askAgent(context: DiagnosisContext, address: string): Promise<Found<ApplicationTokens>> {
  const nowMs = context.clock.wallNow();
  const ready = await ask(context, address, '/readyz');
  const { status, reasons } = ready.body;
  const other = `What answers at ${address} is no agent (status ${ready.status} at /readyz). Give the address of --listen.`;
  if (typeof status !== 'string' || !Array.isArray(reasons)) throw new ProblemFound(agentAway, other);
  const said = reasons.filter((reason) => typeof reason === 'string').join('; ');
  const unready = (why: string): string =>
    `The agent at ${address} is not ready: ${why.replace(/\.$/, '')}. See its log.`;
  const answer = await ask(context, address, '/token').catch((error: unknown) => {
    throw said === '' ? error : new ProblemFound(agentUnready, unready(said));
  });
  const { access_token: token, expires_in: leftSeconds, message: reason } = answer.body;
  const bearer = `The agent at ${address} rejects the bearer. Name the file of its --bearer-file with --bearer-file (agentBearerFile).`;
  if (answer.status === 401) throw new ProblemFound(agentRejects, bearer);
  const why = typeof reason === 'string' ? reason : `status ${answer.status} at /token`;
  if (typeof token !== 'string') throw new ProblemFound(agentUnready, unready(why));
  const issuedMs = dateMs(decodeJwt(token)?.claims['iat']);
  const ageMs = nowMs - (issuedMs ?? nowMs);
  const age = issuedMs === undefined ? `is good for ${String(leftSeconds)} s` : `is ${inSeconds(ageMs)} old`;
  const found = aged(`the agent at ${address} answers, and its token ${age}`, token, ageMs, nowMs);
  const unwell = said !== '' && { code: agentUnready, error: unready(said) };
  return { ...found, ...unwell, value: tokensOf(context, answer.body) };
}

/** A token that an agent would have replaced long ago is a warning; one that is over is an error. */
function aged(description: string, token: string, ageMs: number, nowMs: number): Found<ApplicationTokens> {
  const { iat, exp } = decodeJwt(token)?.claims ?? {};
  const [issuedMs, endMs] = [dateMs(iat), dateMs(exp)];
  if (issuedMs === undefined || endMs === undefined || endMs <= issuedMs) return { description };
  const dueMs = refreshDelay(endMs - issuedMs, undefined, () => 1);
  const error = `It lives for ${inSeconds(endMs - issuedMs)}, and an agent replaces it after ${inSeconds(dueMs)}: see whether the agent runs, and its log.`;
  const late = { code: agentLate, error: `${description.replace(/^t/, 'T')}. ${error}` };
  if (endMs <= nowMs) throw new ProblemFound(late.code, late.error);
  return ageMs > (dueMs + endMs - issuedMs) / 2 ? { description, ...late } : { description };
}

/** What the agent gave, as tokens: its answer is that of a token endpoint. */
function tokensOf({ clock }: DiagnosisContext, answer: object): ApplicationTokens {
  const fetch = (): Promise<Response> => Promise.resolve(Response.json(answer));
  const asked = { id: 'agent', secret: randomUUID(), tokenUrl: 'https://agent.invalid/token' };
  return new ApplicationTokens(
    (opening) => openOption(clientSecret(asked), opening),
    readCommonSettings({ env: {}, logger: silentLogger, clock, fetch }),
  );
}

async function ask(context: DiagnosisContext, address: string, path: string) {
  const headers = path === '/token' ? await bearerOf(context) : {};
  const [, socket] = /^unix:(.*)/is.exec(address) ?? [];
  const url = new URL(path, socket === undefined ? address : 'http://localhost');
  if (url.protocol !== 'http:')
    throw new ProblemFound(
      settingRejected,
      'An agent is http://host:port, unix:/path or a file, and never https.',
    );
  const at = socket === undefined ? { host: bareHost(url.hostname), port: portOf(url) } : { path: socket };
  const advice = 'Start it with --listen, or give its address.';
  return context
    .inTime(`answer of an agent at ${address}`, async (signal) => {
      const response = await nodeFetch(url, { signal, headers }, { createConnection: () => connect(at) });
      const body = parseJson((await readBounded(response, maxBytes)).text);
      return { status: response.status, body: isJsonObject(body) ? body : {} };
    })
    .catch(failed(agentAway, `No agent answers at ${address}`, advice));
}

async function bearerOf({ options, signal }: DiagnosisContext): Promise<Record<string, string>> {
  const { agentBearerFile: path } = options;
  if (path === undefined) return {};
  const unread = failed(settingRejected, `The bearer of the agent cannot be read from ${path}`, '');
  const bearer = await readBoundedFile(path, { maxBytes, signal }).catch(unread);
  return { authorization: `Bearer ${bearer.trim()}` };
}

function inSeconds(ms: number): string {
  return `${Math.max(0, Math.round(ms / 1_000))} s`;
}

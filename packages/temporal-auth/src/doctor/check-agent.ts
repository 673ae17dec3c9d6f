import { dateMs, decodeJwt, isJsonObject, parseJson } from '@worker-auth/internal';
import { readBoundedFile } from '@worker-auth/internal/file';
import { networkErrorCode, nodeFetch, readBounded } from '@worker-auth/internal/network';
import { refreshDelay } from '@worker-auth/refresh-scheduler';
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { ApplicationTokens } from '@worker-auth/calls/tokens/application-tokens';
import { readCommonSettings } from '@worker-auth/calls/settings/auth-settings';
import { clientSecret, openOption } from '@worker-auth/calls/settings/credentials';
import { bareHost, portOf } from '@worker-auth/calls/settings/host';
import { silentLogger } from '@worker-auth/calls/settings/loggers';
import { failed } from './check-endpoint.ts';
import type { DiagnosisContext, Found } from './diagnosis-context.ts';
import { ProblemFound } from './problem.ts';

const maxBytes = 65_536;

/** Anything else is a file. */
const addressForm = /^(?:https?:|unix:)/i;

/** Looks whether the agent answers and how old its token is. The other checks look at that token then. */
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
  const nowMs = context.clock.wallNow();
  const read = async (signal: AbortSignal) =>
    [await readBoundedFile(path, { maxBytes, signal }), (await stat(path)).mtimeMs] as const;
  const [token, writtenMs] = await context.inTime(`text of ${path}`, read).catch((error: unknown) => {
    if (networkErrorCode(error) !== 'ENOENT')
      return failed(
        'TOKEN_FILE_UNREADABLE',
        `The token file ${path} cannot be read`,
        'Run the doctor as the user who reads the token.',
      )(error);
    throw new ProblemFound(
      'DOCTOR_AGENT_AWAY',
      `There is no ${path}: no agent has written a token to it.`,
      `Start the agent with --out ${path}; if it runs, its log says why it has none.`,
    );
  });
  // The agent gives the file the time of its token.
  const ageMs = nowMs - writtenMs;
  return aged(`the token in ${path} is ${inSeconds(ageMs)} old`, token, ageMs, nowMs);
}

async function askAgent(context: DiagnosisContext, address: string): Promise<Found<ApplicationTokens>> {
  const nowMs = context.clock.wallNow();
  const ready = await ask(context, address, '/readyz');
  const { status, reasons } = ready.body;
  if (typeof status !== 'string' || !Array.isArray(reasons))
    throw new ProblemFound(
      'DOCTOR_AGENT_AWAY',
      `What answers at ${address} is no agent (status ${ready.status} at /readyz).`,
      'Give the address of --listen.',
    );
  const said = reasons.filter((reason) => typeof reason === 'string').join('; ');
  const unready = (why: string) =>
    new ProblemFound(
      'DOCTOR_AGENT_UNREADY',
      `The agent at ${address} is not ready: ${why.replace(/\.$/, '')}.`,
      'See its log.',
    );
  const answer = await ask(context, address, '/token').catch((error: unknown) => {
    throw said === '' ? error : unready(said);
  });
  const {
    access_token: token,
    expires_in: leftSeconds,
    message = `status ${answer.status} at /token`,
  } = answer.body;
  if (answer.status === 401)
    throw new ProblemFound(
      'DOCTOR_AGENT_REJECTS',
      `The agent at ${address} rejects the bearer.`,
      'Give the file of its --bearer-file by --bearer-file (agentBearerFile).',
    );
  if (typeof token !== 'string') throw unready(String(message));
  const issuedMs = dateMs(decodeJwt(token)?.claims['iat']);
  const ageMs = nowMs - (issuedMs ?? nowMs);
  const age = issuedMs === undefined ? `is good for ${String(leftSeconds)} s` : `is ${inSeconds(ageMs)} old`;
  const found = aged(`the agent at ${address} answers, and its token ${age}`, token, ageMs, nowMs);
  return { ...found, ...(said !== '' && unready(said).problem), value: tokensOf(context, answer.body) };
}

/** A token that an agent would have replaced long ago is a warning; an expired one is an error. */
function aged(description: string, token: string, ageMs: number, nowMs: number): Found<ApplicationTokens> {
  const { iat, exp } = decodeJwt(token)?.claims ?? {};
  const [issuedMs = NaN, endMs = NaN] = [dateMs(iat), dateMs(exp)];
  const lifeMs = endMs - issuedMs;
  if (!(lifeMs > 0)) return { description };
  const dueMs = refreshDelay(lifeMs, undefined, () => 1);
  const lives = `it lives for ${inSeconds(lifeMs)}, and an agent replaces it after ${inSeconds(dueMs)}`;
  const late = new ProblemFound(
    'DOCTOR_AGENT_LATE',
    `${description.replace(/^t/, 'T')}: ${lives}.`,
    'Check whether the agent runs, and see its log.',
  );
  if (endMs <= nowMs) throw late;
  return { description, ...(ageMs > (dueMs + lifeMs) / 2 && late.problem) };
}

/** What an agent or another source gave, as tokens: as the answer of a token endpoint. */
export function tokensOf({ clock }: DiagnosisContext, answer: object): ApplicationTokens {
  const fetch = (): Promise<Response> => Promise.resolve(Response.json(answer));
  const asked = { id: 'agent', secret: randomUUID(), tokenUrl: 'https://agent.invalid/token' };
  return new ApplicationTokens(
    (opening) => openOption(clientSecret(asked), opening),
    readCommonSettings({ env: {}, logger: silentLogger, clock, fetch }),
  );
}

async function ask(context: DiagnosisContext, address: string, path: '/readyz' | '/token') {
  const { agentBearerFile: file } = context.options;
  const bearer = path === '/token' && file !== undefined ? await readBearer(file, context.signal) : undefined;
  const [, socket] = /^unix:(.*)/is.exec(address) ?? [];
  const url = new URL(path, socket === undefined ? address : 'http://localhost');
  if (url.protocol !== 'http:')
    throw new ProblemFound(
      'TEMPORAL_AUTH_SETTING_REJECTED',
      'The address of an agent is http://host:port, unix:/path or a file.',
      'Correct it: no agent speaks https.',
    );
  const at = socket === undefined ? { host: bareHost(url.hostname), port: portOf(url) } : { path: socket };
  const init = bearer === undefined ? {} : { headers: { authorization: `Bearer ${bearer}` } };
  return context
    .inTime(`answer of an agent at ${address}`, async (signal) => {
      const response = await nodeFetch(url, { signal, ...init }, { createConnection: () => connect(at) });
      const body = parseJson((await readBounded(response, maxBytes)).text);
      return { status: response.status, body: isJsonObject(body) ? body : {} };
    })
    .catch(
      failed(
        'DOCTOR_AGENT_AWAY',
        `No agent answers at ${address}`,
        'Start it with --listen, or give its address.',
      ),
    );
}

async function readBearer(path: string, signal: AbortSignal): Promise<string> {
  const text = await readBoundedFile(path, { maxBytes, signal }).catch(
    failed(
      'TEMPORAL_AUTH_SETTING_REJECTED',
      `The bearer of the agent cannot be read from ${path}`,
      'Check the path.',
    ),
  );
  return text.trim();
}

function inSeconds(ms: number): string {
  return `${Math.max(0, Math.round(ms / 1_000))} s`;
}

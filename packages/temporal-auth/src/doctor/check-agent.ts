import { isJsonObject, parseJson } from '@worker-auth/internal';
import { readBoundedFile } from '@worker-auth/internal/file';
import { refreshDelay } from '@worker-auth/refresh-scheduler';
import { TokenManagerErrorCode } from '@worker-auth/token-manager';
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { get } from 'node:http';
import { dateMs, decodeJwt } from '../errors/jwt.ts';
import { settingRefused } from '../errors/own-errors.ts';
import { ApplicationTokens } from '../tokens/application-tokens.ts';
import { DoctorCode } from './doctor-code.ts';
import { type Found, ProblemFound } from './examination.ts';
import { type DiagnosisContext, inTime, silentLogger } from './diagnosis-context.ts';

/** No token and no answer of an agent is longer. */
const maxBytes = 65_536;

/** `http://host:port` or `unix:/path`; anything else is a file. */
const addressForm = /^(?:https?:|unix:)/i;
const socketForm = 'unix:';

/** What reading a file, and asking a server, fails with. */
interface CodedError {
  readonly code: string;
}

interface AgentResponse {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Looks whether the agent is there and how old its token is.
 *
 * @returns the context in which the other checks look at that token; the same one when no agent is named
 */
export async function withAgent(context: DiagnosisContext): Promise<DiagnosisContext> {
  const { examination, options } = context;
  const { agent } = options;
  if (agent === undefined) {
    examination.skip(['agent'], 'no agent is named (option agent)');
    return context;
  }
  const isAddress = addressForm.test(agent);
  const agentTokens = await examination.check('agent', () =>
    isAddress ? askAgent(context, agent) : readFileOf(context, agent),
  );
  return { ...context, agentTokens, options: { ...options, authEnabled: true, tokenFile: agent } };
}

async function readFileOf(context: DiagnosisContext, path: string): Promise<Found<ApplicationTokens>> {
  const { clock } = context;
  const what = `text of ${path}`;
  const read = inTime(context, what, (signal) => readBoundedFile(path, { maxBytes, signal }));
  const token = await read.catch((error: unknown) => {
    if (error instanceof ProblemFound) throw error;
    const { code } = error as CodedError;
    if (code === 'ENOENT')
      throw new ProblemFound(
        DoctorCode.agentAway,
        `There is no ${path}: no agent has written a token to it. Start the agent with --out ${path}; if it runs, its log says why it has none.`,
      );
    throw new ProblemFound(
      TokenManagerErrorCode.fileUnreadable,
      `The token file ${path} cannot be read (${code}). Run the doctor as the user who reads the token.`,
    );
  });
  // The agent gives the file the time of its token.
  const ageMs = clock.wallNow() - (await stat(path)).mtimeMs;
  return aged(`the token in ${path} is ${inSeconds(ageMs)} old`, token, ageMs, clock.wallNow());
}

async function askAgent(context: DiagnosisContext, address: string): Promise<Found<ApplicationTokens>> {
  const nowMs = context.clock.wallNow();
  const ready = await ask(context, address, '/readyz');
  const { status, reasons } = ready.body;
  if (typeof status !== 'string' || !Array.isArray(reasons))
    throw new ProblemFound(
      DoctorCode.agentAway,
      `What answers at ${address} is no agent (status ${ready.status} at /readyz). Give the address of --listen.`,
    );
  const said = reasons.filter((reason) => typeof reason === 'string').join('; ');
  const unready = (why: string): ProblemFound =>
    new ProblemFound(
      DoctorCode.agentUnready,
      `The agent at ${address} is not ready: ${why.replace(/\.$/, '')}. See its log.`,
    );
  const answer = await ask(context, address, '/token').catch((error: unknown) => {
    throw said === '' ? error : unready(said);
  });
  const { access_token: token, expires_in: leftSeconds, message: reason } = answer.body;
  if (answer.status === 401)
    throw new ProblemFound(
      DoctorCode.agentRefuses,
      `The agent at ${address} refuses the bearer. Name the file of its --bearer-file with --bearer-file (agentBearerFile).`,
    );
  if (typeof token !== 'string')
    throw unready(typeof reason === 'string' ? reason : `status ${answer.status} at /token`);
  const issuedMs = dateMs(decodeJwt(token)?.claims['iat']);
  const ageMs = nowMs - (issuedMs ?? nowMs);
  const age = issuedMs === undefined ? `is good for ${String(leftSeconds)} s` : `is ${inSeconds(ageMs)} old`;
  const found = aged(`the agent at ${address} answers, and its token ${age}`, token, ageMs, nowMs);
  const { code, message: error } = unready(said);
  return { ...found, ...(said !== '' && { code, error }), value: tokensOf(context, answer.body) };
}

/** A token that an agent would have replaced long ago is a warning; one that is over is an error. */
function aged(description: string, token: string, ageMs: number, nowMs: number): Found<ApplicationTokens> {
  const { iat, exp } = decodeJwt(token)?.claims ?? {};
  const [issuedMs, endMs] = [dateMs(iat), dateMs(exp)];
  if (issuedMs === undefined || endMs === undefined || endMs <= issuedMs) return { description };
  const dueMs = refreshDelay(endMs - issuedMs, undefined, () => 1);
  const error = `It lives for ${inSeconds(endMs - issuedMs)}, and an agent replaces it after ${inSeconds(dueMs)}: see whether the agent runs, and its log.`;
  const late = { code: DoctorCode.agentLate, error: `${capitalized(description)}. ${error}` };
  if (endMs <= nowMs) throw new ProblemFound(late.code, late.error);
  return ageMs > (dueMs + endMs - issuedMs) / 2 ? { description, ...late } : { description };
}

/** What the agent gave, as tokens: its answer is that of a token endpoint. */
function tokensOf({ clock, timeoutMs }: DiagnosisContext, answer: AgentResponse['body']): ApplicationTokens {
  const respond = (): Promise<Response> => Promise.resolve(Response.json(answer));
  return new ApplicationTokens({
    ...{ applicationName: 'agent', env: {}, logger: silentLogger },
    ...{ clientId: 'agent', clientSecret: randomUUID(), authUrl: 'https://agent.invalid/token' },
    token: { clock, timeoutMs, fetch: respond },
  });
}

async function ask(context: DiagnosisContext, address: string, path: string): Promise<AgentResponse> {
  const headers = path === '/token' ? await bearerOf(context) : {};
  const socketPath = address.toLowerCase().startsWith(socketForm)
    ? address.slice(socketForm.length)
    : undefined;
  const url = new URL(path, socketPath === undefined ? address : 'http://localhost');
  if (url.protocol !== 'http:')
    throw settingRefused('An agent is http://host:port, unix:/path or a file, and never https.');
  return inTime(context, `answer of an agent at ${address}`, async (signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<AgentResponse>();
    get(url, { signal, headers, socketPath }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('error', reject).on('data', (part: string) => {
        if (text.length < maxBytes) text += part;
      });
      response.on('end', () => {
        const body = parseJson(text);
        resolve({ status: response.statusCode ?? 0, body: isJsonObject(body) ? body : {} });
      });
    }).on('error', reject);
    return promise;
  }).catch((error: unknown) => {
    if (error instanceof ProblemFound) throw error;
    const { code } = error as CodedError;
    throw new ProblemFound(
      DoctorCode.agentAway,
      `No agent answers at ${address} (${code}). Start it with --listen, or give its address.`,
    );
  });
}

async function bearerOf({ options, signal }: DiagnosisContext): Promise<Record<string, string>> {
  const { agentBearerFile: path } = options;
  if (path === undefined) return {};
  const bearer = await readBoundedFile(path, { maxBytes, signal }).catch((error: unknown) => {
    const { code } = error as CodedError;
    throw settingRefused(`The bearer of the agent cannot be read from ${path} (${code}).`);
  });
  return { authorization: `Bearer ${bearer.trim()}` };
}

function inSeconds(ms: number): string {
  return `${Math.max(0, Math.round(ms / 1_000))} s`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

import { directFetch, networkErrorCode, sanitize } from '@worker-auth/internal/network';
import { SecretStoreErrorCode } from '@worker-auth/secret-store';
import { TokenManagerErrorCode } from '@worker-auth/token-manager';
import { messageOf } from '../errors/translate.ts';
import type { ApplicationCredentials } from '../settings/auth-options.ts';
import { wayToSecret } from './catalogue.ts';
import { type DiagnosisContext, ProblemFound } from './diagnosis-context.ts';
import { DoctorCode } from './doctor-code.ts';

const { componentNotFound, secretNotFound, sidecarNotReady } = SecretStoreErrorCode;

/** Of the names in a secret, so many are shown. */
const maxNames = 20;

/** Gets the credentials as a client would; when they are not in an earlier place, looks at each part of the way to the secret too. */
export async function checkCredentials(context: DiagnosisContext): Promise<void> {
  const { source: from, secret } = context;
  if (from === undefined || context.causeAmong(['secret-store-setting']) !== undefined) return;
  // The sidecar is waited for as long as one step may take, and then read.
  const read = context.inTime('credentials', (signal) => from.get({ signal }), 3);
  let failure: unknown;
  const credentials = await read.catch((error: unknown) => {
    failure = error;
    return undefined;
  });
  const given: Partial<Record<string, unknown>> = { ...credentials };
  const source = typeof given['source'] === 'string' ? given['source'] : 'the environment variables';
  // Half of them is in an earlier place, and the sidecar was not asked.
  const isHalf = /^OAuth2 credentials are incomplete[^]*environment variables/.test(messageOf(failure));
  const isElsewhere = credentials === undefined ? isHalf : !source.startsWith('Dapr ');
  if (secret === undefined) context.skip(wayToSecret, 'no sidecar is asked');
  else if (isElsewhere) context.skip(wayToSecret, `the credentials come from ${source}`);
  else await checkWay(context, secret, credentials !== undefined);
  context.credentials = await context.check('credentials', () => {
    if (credentials === undefined) throw failure;
    const { clientId, clientSecret = '' } = given;
    const wrong = 'The credential source gave no text for clientId, or none for clientSecret. Mend it.';
    if (typeof clientId !== 'string' || typeof clientSecret !== 'string')
      throw new ProblemFound(TokenManagerErrorCode.invalidCredentials, wrong);
    const error = whiteSpaceIn(credentials);
    const found = { value: credentials, description: `there are credentials from ${source}` };
    return error === '' ? found : { ...found, code: DoctorCode.credentialsSuspect, error };
  });
}

async function checkWay(
  context: DiagnosisContext,
  { store, name: secretName }: NonNullable<DiagnosisContext['secret']>,
  isThere: boolean,
): Promise<void> {
  const { signal } = context;
  const { address } = store.sidecar;
  await context.check('sidecar', async () => {
    await rejectOthers(context, address);
    if (await store.sidecar.isReady({ signal })) return `the Dapr sidecar answers at ${address}`;
    const error = `The sidecar at ${address} is starting: its components are not loaded. If that goes on, its log names the one that fails.`;
    throw new ProblemFound(sidecarNotReady, error);
  });
  await context.check('component', async () => {
    const { name, type, inPlaceOf } = await store.component({ signal });
    const kind = type === '' ? 'a type that the sidecar does not tell' : `type ${type}`;
    const description = `the sidecar has the component "${name}" of ${kind}`;
    if (inPlaceOf === undefined) return description;
    const error = `The sidecar has no component "${inPlaceOf}", which is set. "${name}", the only other, is read in its place. Set ATLAN_DEPLOYMENT_SECRET_COMPONENT=${name}, or load the component.`;
    return { description, code: componentNotFound, error };
  });
  await context.check('secret', async () => {
    const secret = await store.get(secretName, { signal });
    if (secret !== undefined) {
      const names = sanitize(Object.keys(secret).slice(0, maxNames).join(', '), { maxLength: 1_000 });
      return `the secret "${secretName}" has ${names}`;
    }
    if (isThere) return `there is no secret "${secretName}", but one for each key`;
    const error = `The component has no secret "${secretName}". Create it, or set ATLAN_DEPLOYMENT_SECRET_NAME.`;
    throw new ProblemFound(secretNotFound, error);
  });
}

/** A sidecar says of its health 204, or what is wrong in JSON; who is before it may ask for a token, or have no way to it. */
async function rejectOthers(context: DiagnosisContext, address: string): Promise<void> {
  const asked = context.inTime(`answer from ${address}`, async (signal) => {
    const response = await directFetch(`${address}/v1.0/healthz/outbound`, { signal });
    const { status } = response;
    if ([204, 401, 403, 502, 503, 504].includes(status)) return undefined;
    return (await response.text()).includes('"ERR_') ? undefined : `it answers ${status}`;
  });
  const other = await asked.catch((error: unknown) => {
    const isHttp = networkErrorCode(error)?.startsWith('HPE_') !== true;
    return isHttp ? undefined : 'it speaks no HTTP, as the port for gRPC';
  });
  const error = `What answers at ${address} is no Dapr sidecar (${other}). Set DAPR_HTTP_PORT or DAPR_HTTP_ENDPOINT to its HTTP port.`;
  if (other !== undefined) throw new ProblemFound(DoctorCode.noSidecar, error);
}

/** Which of the two has white space at an end; nothing of the values is shown. Empty when neither has. */
export function whiteSpaceIn({ clientId, clientSecret = '' }: ApplicationCredentials): string {
  const named = [
    clientId !== clientId.trim() && 'the client id',
    clientSecret !== clientSecret.trim() && 'the client secret',
  ].filter(Boolean);
  if (named.length === 0) return '';
  const newline = /[\r\n]/.test(`${clientId}${clientSecret}`) ? 'a newline or other ' : '';
  return `There is ${newline}white space around ${named.join(' and ')}. Store the value without it (printf in place of echo).`;
}

/** Whether id and secret look as if each were the other, by their form. */
export function looksSwapped({ clientId, clientSecret = '' }: ApplicationCredentials): boolean {
  const [id, secret] = [clientId.trim(), clientSecret.trim()];
  if (secret === '') return false;
  if (isWord(secret) || isWord(id)) return !isWord(id);
  return isRandom(id) && (!isRandom(secret) || id.length > secret.length);
}

/** As people name clients: `orders-worker`. */
function isWord(text: string): boolean {
  return /^[a-z]+(?:[-_.][a-z]+)*$/.test(text);
}

/** As programs make secrets, and some ids; a UUID is an id. */
function isRandom(text: string): boolean {
  const isUuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);
  return !isUuid && text.length >= 20 && /\d/.test(text) && /[A-Z]/.test(text) && /[a-z]/.test(text);
}

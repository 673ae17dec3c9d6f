import { directFetch, networkErrorCode, sanitize } from '@worker-auth/internal/network';
import { messageOf } from '@worker-auth/calls/errors/translate';
import type { DiagnosisContext } from './diagnosis-context.ts';
import { problem, ProblemFound } from './problem.ts';
import { suspectIn } from './shape.ts';

const maxNames = 20;

/** Gets the credentials as a client would; when they are not in an earlier place, looks at each part of the way to the secret too. */
export async function checkCredentials(context: DiagnosisContext): Promise<void> {
  const { env, source: from, secrets } = context;
  if (from === undefined || context.causeAmong(['application', 'credentials-setting']) !== undefined) return;
  // The sidecar is waited for as long as one step may take, and then read.
  const read = context.inTime('credentials', (signal) => from.get({ signal }), { steps: 3 });
  let reason: unknown;
  const credentials = await read.catch((error: unknown) => {
    reason = error;
    return undefined;
  });
  const given: Partial<Record<string, unknown>> = { ...credentials };
  const source = typeof given['source'] === 'string' ? given['source'] : 'the environment variables';
  // Half of them is in an earlier place, and the sidecar was not asked.
  const isHalf = /^OAuth2 credentials are incomplete[^]*environment variables/.test(messageOf(reason));
  const isElsewhere = credentials === undefined ? isHalf : !source.startsWith('Dapr ');
  // Kubernetes and `.env` files can set variables with the hyphens of the application's name, which nobody reads.
  const hyphenated = Object.keys(env).find((name) =>
    /^ATLAN_.*-.*_client_(?:id|secret|assertion_file)$/i.test(name),
  );
  const isMeant = credentials === undefined && hyphenated !== undefined;
  if (secrets === undefined) context.skip(['secret'], 'no sidecar is asked');
  else if (isElsewhere || isMeant) context.skip(['secret'], `the credentials come from ${source}`);
  else await checkWay(context, secrets, credentials !== undefined);
  context.credentials = await context.check('credentials', () => {
    if (isMeant)
      throw new ProblemFound(
        'SECRET_STORE_CREDENTIALS_NOT_FOUND',
        `OAuth2 credentials not found: ${hyphenated} is not read, since it has hyphens.`,
        `Write ${hyphenated} with underscores: ${hyphenated.replaceAll('-', '_')}.`,
      );
    if (credentials === undefined) throw reason;
    const { clientId, clientSecret = '' } = given;
    if (typeof clientId !== 'string' || typeof clientSecret !== 'string')
      throw new ProblemFound(
        'TOKEN_CREDENTIALS_INVALID',
        'The credential source gave no text for clientId, or none for clientSecret.',
        'Correct the credential source.',
      );
    const suspect = suspectIn(credentials);
    const found = { value: credentials, description: `there are credentials from ${source}` };
    return suspect === undefined ? found : { ...found, ...problem('DOCTOR_CREDENTIALS_SUSPECT', ...suspect) };
  });
}

async function checkWay(
  context: DiagnosisContext,
  { store, names: secretNames }: NonNullable<DiagnosisContext['secrets']>,
  hasCredentials: boolean,
): Promise<void> {
  const { signal } = context;
  const { address } = store.sidecar;
  await context.check('secret', async () => {
    await rejectOthers(context, address);
    if (!(await store.sidecar.isReady({ signal }))) {
      throw new ProblemFound(
        'SECRET_STORE_SIDECAR_NOT_READY',
        `The sidecar at ${address} is starting: its components are not loaded.`,
        'See its log: it names a component that fails.',
      );
    }
    const { name, type, inPlaceOf } = await store.component({ signal });
    const other = inPlaceOf === undefined ? undefined : otherComponent(name, inPlaceOf);
    // Without credentials in it, it is the cause of that.
    if (other !== undefined && !hasCredentials) throw new ProblemFound(...other);
    let [secretName] = secretNames;
    let secret: Awaited<ReturnType<typeof store.get>>;
    for (const each of secretNames) {
      secret = await store.get(each, { signal });
      if (secret === undefined) continue;
      secretName = each;
      break;
    }
    if (secret === undefined && !hasCredentials) {
      throw new ProblemFound(
        'SECRET_STORE_SECRET_NOT_FOUND',
        `The component "${name}" has no secret "${secretName}".`,
        'Create it, or set WORKER_AUTH_SECRET_NAME.',
      );
    }
    const names = Object.getOwnPropertyNames(secret ?? {}).slice(0, maxNames);
    const holds =
      secret === undefined
        ? `no secret "${secretName}", but one for each key`
        : `the secret "${secretName}" with ${sanitize(names.join(', '), { maxLength: 1_000 })}`;
    const kind = type === '' ? 'of a type that the sidecar does not say' : `of type ${type}`;
    return {
      description: `the component "${name}" ${kind}, of the sidecar at ${address}, has ${holds}`,
      ...(other && problem(...other)),
    };
  });
}

function otherComponent(name: string, inPlaceOf: string): Parameters<typeof problem> {
  return [
    'SECRET_STORE_COMPONENT_NOT_FOUND',
    `The sidecar has no component "${inPlaceOf}", which is set: "${name}", the only other, is read in its place.`,
    `Set WORKER_AUTH_SECRET_COMPONENT=${name}, or load the component "${inPlaceOf}".`,
  ];
}

/** A sidecar says of its health 204, or what is wrong in JSON; a proxy before it may ask for a token, or have no way to it. */
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
  if (other !== undefined)
    throw new ProblemFound(
      'DOCTOR_NO_SIDECAR',
      `What answers at ${address} is no Dapr sidecar (${other}).`,
      'Set DAPR_HTTP_PORT or DAPR_HTTP_ENDPOINT to its HTTP port.',
    );
}

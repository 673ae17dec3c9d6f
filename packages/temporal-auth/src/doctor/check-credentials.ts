import { type DaprStore, SecretStoreErrorCode, SidecarError } from '@worker-auth/secret-store';
import { directFetch, networkErrorCode, sanitize } from '@worker-auth/inlined/network';
import type { ApplicationCredentials } from '../settings/auth-options.ts';
import { messageOf } from '../errors/kind-of-error.ts';
import { DoctorCode } from './doctor-code.ts';
import type { Found } from './examination.ts';
import { ProblemFound } from './problem.ts';
import { whiteSpaceIn } from './rejected-client.ts';
import { type DiagnosisScene, inTime } from './scene.ts';
import type { SecretSettings } from './secret-settings.ts';

/** Of the names in a secret, so many are shown. */
const maxNames = 20;

const wayToSecret = ['sidecar', 'component', 'secret'] as const;

type Outcome = { readonly credentials: ApplicationCredentials } | { readonly error: unknown };

/**
 * Gets the credentials as a client would; when they are not in an earlier place, looks at each part of the way to the secret too.
 *
 * @param settings `undefined` when they could not be read
 */
export async function checkCredentials(
  scene: DiagnosisScene,
  settings: SecretSettings | undefined,
): Promise<ApplicationCredentials | undefined> {
  const { examination } = scene;
  if (settings === undefined) {
    examination.skipAfter([...wayToSecret, 'credentials'], ['secret-store-setting']);
    return undefined;
  }
  const outcome = await outcomeOf(scene, settings);
  if (settings.store === undefined) examination.skip(wayToSecret, 'no sidecar is asked');
  else if (isFromElsewhere(outcome))
    examination.skip(wayToSecret, `the credentials come from ${sourceOf(outcome)}`);
  else await checkWayToSecret(scene, { ...settings, store: settings.store }, outcome);
  return examination.check('credentials', { explainedBy: wayToSecret }, () => {
    if ('error' in outcome) throw outcome.error;
    const { credentials } = outcome;
    const error = whiteSpaceIn(credentials);
    return {
      value: credentials,
      description: `there are credentials from ${sourceOf(outcome)}`,
      warning: error === '' ? undefined : { code: DoctorCode.credentialsSuspect, error },
    };
  });
}

async function outcomeOf(scene: DiagnosisScene, { source }: SecretSettings): Promise<Outcome> {
  try {
    // The sidecar is waited for as long as one step may take, and then read.
    const timeoutMs = 3 * scene.timeoutMs;
    const credentials = await inTime({ ...scene, timeoutMs }, 'credentials', (signal) =>
      source.get({ signal }),
    );
    return { credentials };
  } catch (error) {
    scene.signal.throwIfAborted();
    return { error };
  }
}

async function checkWayToSecret(
  scene: DiagnosisScene,
  { store, secretName }: SecretSettings & { readonly store: DaprStore },
  outcome: Outcome,
): Promise<void> {
  const { examination, signal } = scene;
  await examination.check('sidecar', {}, async () => {
    await refuseOthers(scene, store.sidecar.address);
    if (await store.sidecar.isReady({ signal }))
      return { value: true, description: `the Dapr sidecar answers at ${store.sidecar.address}` };
    throw new SidecarError(
      `The sidecar at ${store.sidecar.address} is starting: its components are not loaded. If that goes on, its log names the one that fails.`,
      {
        code: SecretStoreErrorCode.sidecarNotReady,
      },
    );
  });
  await examination.check('component', { needs: ['sidecar'] }, async () => {
    const { name, type, inPlaceOf } = await store.component({ signal });
    const kind = type === '' ? 'a type that the sidecar does not tell' : `type ${type}`;
    const error = `The sidecar has no component "${inPlaceOf ?? ''}", which is set. "${name}", the only other, is read in its place. Set ATLAN_DEPLOYMENT_SECRET_COMPONENT=${name}, or load the component.`;
    return {
      value: name,
      description: `the sidecar has the component "${name}" of ${kind}`,
      warning: inPlaceOf === undefined ? undefined : { code: SecretStoreErrorCode.componentNotFound, error },
    };
  });
  await examination.check('secret', { needs: ['component'] }, async (): Promise<Found<unknown>> => {
    const secret = await store.get(secretName, { signal });
    if (secret !== undefined) {
      const names = sanitize(Object.keys(secret).slice(0, maxNames).join(', '), { maxLength: 1_000 });
      return { value: secret, description: `the secret "${secretName}" has ${names}` };
    }
    if ('credentials' in outcome)
      return { value: secret, description: `there is no secret "${secretName}", but one for each key` };
    throw new SidecarError(
      `The component has no secret "${secretName}". Create it, or set ATLAN_DEPLOYMENT_SECRET_NAME.`,
      {
        code: SecretStoreErrorCode.secretNotFound,
      },
    );
  });
}

/**
 * A sidecar says of its health 204, or what is wrong in JSON; who is before it may ask for a token, or have no way to it.
 *
 * @throws ProblemFound when what answers is something else
 */
async function refuseOthers(scene: DiagnosisScene, address: string): Promise<void> {
  if (scene.options.discovery?.dapr?.sidecar !== undefined) return;
  const asked = inTime(scene, `answer from ${address}`, async (signal) => {
    const response = await directFetch(`${address}/v1.0/healthz/outbound`, { signal });
    const isDapr =
      [204, 401, 403, 502, 503, 504].includes(response.status) || (await response.text()).includes('"ERR_');
    return isDapr ? undefined : `it answers ${response.status}`;
  });
  const other = await asked.catch((error: unknown) =>
    networkErrorCode(error)?.startsWith('HPE_') === true
      ? 'it speaks no HTTP, as the port for gRPC'
      : undefined,
  );
  if (other === undefined) return;
  throw new ProblemFound(
    DoctorCode.noSidecar,
    `What answers at ${address} is no Dapr sidecar (${other}). Set DAPR_HTTP_PORT or DAPR_HTTP_ENDPOINT to its HTTP port.`,
  );
}

/** Whether the sidecar was not asked, since an earlier place had the credentials, or half of them. */
function isFromElsewhere(outcome: Outcome): boolean {
  if ('credentials' in outcome) return !sourceOf(outcome).startsWith('Dapr ');
  const message = messageOf(outcome.error);
  return message.includes('environment variables') && message.startsWith('OAuth2 credentials are incomplete');
}

function sourceOf(outcome: Outcome): string {
  return ('credentials' in outcome ? outcome.credentials.source : undefined) ?? 'the environment variables';
}

import { type DaprStore, SecretStoreErrorCode, SidecarError } from '@worker-auth/secret-store';
import { sanitize } from '@worker-auth/inlined/network';
import type { ApplicationCredentials } from '../settings/auth-options.ts';
import { messageOf } from '../errors/kind-of-error.ts';
import type { Found } from './examination.ts';
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
    return { value: outcome.credentials, description: `there are credentials from ${sourceOf(outcome)}` };
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
    const missing = inPlaceOf === undefined ? '' : `, and not the configured "${inPlaceOf}"`;
    return { value: name, description: `the sidecar has the component "${name}" of ${kind}${missing}` };
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

/** Whether the sidecar was not asked, since an earlier place had the credentials, or half of them. */
function isFromElsewhere(outcome: Outcome): boolean {
  if ('credentials' in outcome) return !sourceOf(outcome).startsWith('Dapr ');
  const message = messageOf(outcome.error);
  return message.includes('environment variables') && message.startsWith('OAuth2 credentials are incomplete');
}

function sourceOf(outcome: Outcome): string {
  return ('credentials' in outcome ? outcome.credentials.source : undefined) ?? 'the environment variables';
}

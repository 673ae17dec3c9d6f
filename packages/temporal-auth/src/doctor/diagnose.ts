import { checkAgent } from './check-agent.ts';
import { checkConfiguration, checkTrust } from './check-configuration.ts';
import { checkCredentials } from './check-credentials.ts';
import { checkEndpoint } from './check-endpoint.ts';
import { checkTemporal } from './check-temporal.ts';
import { checkToken } from './check-token.ts';
import type { DiagnoseOptions, Diagnosis } from './diagnosis.ts';
import { DiagnosisContext } from './diagnosis-context.ts';
import { checkPermission } from './permission.ts';

/**
 * Looks at everything that a client or a worker needs, step by step: configuration, secret store, token endpoint, token, Temporal. Goes on
 * after a failure where later steps can still say something, and tells causes from consequences. Changes nothing: it reads the
 * credentials, asks for two tokens, and asks Temporal what a worker asks first.
 *
 * Whatever the environment, the servers and the options of the client are like, it resolves.
 *
 * @param options those of the client that is to be looked into; default none, so that the environment says everything
 * @throws RangeError for a `timeoutMs` outside its range; the signal's reason
 */
export async function diagnose(options: DiagnoseOptions = {}): Promise<Diagnosis> {
  const context = new DiagnosisContext(options);
  await checkTrust(context);
  await checkAgent(context);
  const { applicationName, authEnabled, secrets, endpoint, temporal } = await checkConfiguration(context);
  const isOn = authEnabled !== false;
  const credentials = await checkCredentials(context, secrets);
  await checkEndpoint(context, endpoint, credentials);
  const token = isOn ? await checkToken(context, applicationName, credentials) : undefined;
  try {
    const isGranted = await checkTemporal(context, { authEnabled: isOn, credentials, token }, temporal);
    if (token !== undefined && temporal !== undefined)
      await checkPermission(context, token, temporal.settings.place.namespace, isGranted);
  } finally {
    await Promise.all([token?.tokens.stop(), temporal?.certificates?.stop()]);
  }
  return context.diagnosis();
}

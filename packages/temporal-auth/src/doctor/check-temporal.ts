import { isLoopbackHost } from '@worker-auth/internal';
import type { Presentation } from '../connection/presentation.ts';
import { nodeTls, type TemporalTls, tlsOf } from '@worker-auth/calls/connections/temporal-tls';
import { wayTo } from '@worker-auth/calls/network/way-to';
import { setVariables } from '@worker-auth/calls/settings/setting';
import { place } from '@worker-auth/calls/settings/table';
import { checkCalls, inNamespace } from './check-calls.ts';
import { checkCertificate, reach } from './check-endpoint.ts';
import { checkPolls } from './check-workers.ts';
import type { DiagnosisContext, Found } from './diagnosis-context.ts';
import { checkPermission } from './permission.ts';
import { warned } from './problem.ts';

/** Looks at the way to Temporal, and at what it and the token say of what that may do. */
export async function checkTemporal(context: DiagnosisContext): Promise<void> {
  const { temporal, credentials, tokens, authEnabled } = context;
  if (temporal === undefined) return;
  await checkPolls(context);
  // A worker would have a token, and its credentials say something of TLS where there is none.
  const byDefault = tlsOf({ ...temporal, tokens: authEnabled ? {} : temporal.tokens });
  const settings = {
    ...temporal.settings,
    tls: temporal.settings.tls ?? credentials?.tlsEnabled ?? byDefault,
  };
  const [{ namespace = settings.place.namespace } = {}] = context.program?.workers ?? [];
  const client = inNamespace({ ...temporal, settings, tokens: tokens ?? temporal.tokens }, namespace);
  const { network, connection } = settings;
  const { address } = settings.place;
  const way = wayTo(address, network);
  const look = async (): Promise<Found | string> => {
    const tls = await context.inTime('client certificate', (signal) => newestTls(client, signal));
    if (connection.credentials !== undefined)
      return `${await reach(context, way)}; TLS is a matter of the option connection.credentials`;
    return tls === false
      ? withoutTls(context, await reach(context, way), way.hostname)
      : checkCertificate(context, way, nodeTls(tls, network.certificates()));
  };
  await context.check('temporal-connection', look);
  const isReached = context.causeAmong(['temporal-connection']) === undefined;
  const isGranted = isReached && (await checkCalls(context, client));
  await checkPermission(context, namespace, isGranted);
}

/** With certificates of files as they are now. */
async function newestTls(client: Presentation, signal: AbortSignal): Promise<TemporalTls> {
  const certificate = await client.certificates?.ready(signal);
  return (certificate && client.certificates?.tls(certificate)) ?? tlsOf(client);
}

function withoutTls(
  { authEnabled, credentials, options, env, temporal }: DiagnosisContext,
  reached: string,
  host: string,
): Found {
  const variables = [{ name: 'TEMPORAL_TLS', family: 'neutral' as const }, ...place.tlsEnabled.variables];
  const inSettings = setVariables({ variables }, env)[0]?.name ?? 'the Temporal profile';
  const inSecret = credentials?.tlsEnabled === undefined ? 'default' : 'workflow_tls_enabled';
  const unsaid = temporal?.settings.tls === false ? inSettings : inSecret;
  const description = `${reached}; TLS is off (${options.tls === undefined ? unsaid : 'option tls'})`;
  if (!authEnabled || isLoopbackHost(host)) return { description };
  return warned(
    description,
    'DOCTOR_TOKEN_IN_PLAINTEXT',
    'TLS is off, and the token goes to another host in every call.',
    'Set TEMPORAL_TLS=true (or tls: true), unless the network itself encrypts.',
  );
}

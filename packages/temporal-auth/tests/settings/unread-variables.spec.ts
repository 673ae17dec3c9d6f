import { RecordingLogger } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { diagnose } from '../../src/doctor/diagnose.ts';
import { AtlanAuthClient } from '../../src/facade/atlan-auth-client.ts';
import { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';
import { temporalAuth } from '../../src/plugin.ts';
import { clientSecret } from '@worker-auth/calls/settings/credentials';
import { allVariables } from '@worker-auth/calls/settings/table';
import { unreadVariables } from '@worker-auth/calls/settings/unread-variables';
import { checkOf } from '../support/diagnosis.ts';

const value = 'the-value';

it.each([
  ['WORKER_AUTH_SCOPES', 'WORKER_AUTH_SCOPE'],
  ['WORKERAUTH_CLIENT_ID', 'WORKER_AUTH_CLIENT_ID'],
  ['WORKER_AUTH_CLIENTID', 'WORKER_AUTH_CLIENT_ID'],
  ['TEMPORAL_ADRESS', 'TEMPORAL_ADDRESS'],
  ['TEMPORAL_TSL', 'TEMPORAL_TLS'],
  ['ATLAN_WORKFLOW_HSOT', 'ATLAN_WORKFLOW_HOST'],
])('%s is reported with the nearest name, without its value', (name, meant) => {
  expect(unreadVariables({ [name]: value, PATH: value })).toEqual([{ name, meant }]);
});

it.each<[string, Record<string, string>]>([
  ['a variable that is read', Object.fromEntries(allVariables.map(({ name }) => [name, value]))],
  ['one that is empty', { TEMPORAL_ADRESS: '' }],
  [
    'one of an application',
    { ATLAN_postgres_client_id: value, ATLAN_POSTGRES_CLIENT_SECRET: value, ATLAN_hello_client_id: value },
  ],
  [
    'one of Temporal',
    namesOf(
      'TEMPORAL_GRPC_META_AUTHORISATION TEMPORAL_GRPC_META_X_TENANT TEMPORAL_CLI_ADDRESS TEMPORAL_CLI_NAMESPACE TEMPORAL_CLI_TLS_CERT',
      'TEMPORAL_CODEC_ENDPOINT TEMPORAL_CODEC_AUTH TEMPORAL_ENV TEMPORAL_ENV_FILE TEMPORAL_TLS_CERT TEMPORAL_TLS_KEY TEMPORAL_TLS_CA',
      'TEMPORAL_TLS_CA_PATH TEMPORAL_TLS_CERT_PATH TEMPORAL_TLS_KEY_PATH TEMPORAL_COLOR TEMPORAL_LOG_LEVEL TEMPORAL_HOST TEMPORAL_UI_PORT',
      'TEMPORAL_DEPLOYMENT_NAME TEMPORAL_WORKER_BUILD_ID TEMPORAL_HOST_URL TEMPORAL_CLOUD_API_KEY TEMPORAL_BROADCAST_ADDRESS TEMPORAL_DNS',
    ),
  ],
  [
    'one of a service in Kubernetes',
    {
      ...namesOf('TEMPORAL_FRONTEND_SERVICE_HOST TEMPORAL_FRONTEND_SERVICE_PORT_GRPC TEMPORAL_PORT_7233_TCP'),
      ...{ TEMPORAL_PORT: 'tcp://10.0.0.1:7233', ATLAN_WORKFLOWS_PORT: 'tcp://10.0.0.1:7233' },
    },
  ],
  [
    'one of the application-sdk',
    namesOf(
      'ATLAN_WORKFLOW_UI_HOST ATLAN_WORKFLOW_UI_PORT ATLAN_AUTH_CLIENT_ID_KEY ATLAN_AUTH_CLIENT_SECRET_KEY ATLAN_DEPLOYMENT_NAME',
      'ATLAN_DEPLOYMENT_SECRETS ATLAN_APP_HTTP_HOST ATLAN_APP_HTTP_PORT ATLAN_TENANT_ID ATLAN_API_KEY ATLAN_BASE_URL ATLAN_CLIENT_ID',
      'ATLAN_CLIENT_SECRET ATLAN_WORKFLOW_MAX_TIMEOUT_HOURS ATLAN_MAX_CONCURRENT_ACTIVITIES ATLAN_APPLICATION_MODE ATLAN_OAUTH_CLIENT_ID',
      'DEPLOYMENT_OBJECT_STORE_NAME UPSTREAM_OBJECT_STORE_NAME SECRET_STORE_NAME STATE_STORE_NAME EVENT_STORE_NAME',
    ),
  ],
])('there is no false alarm: %s', (_what, env) => {
  expect(unreadVariables(env)).toEqual([]);
});

const credentials = clientSecret({ id: 'id', secret: 's3cret', tokenUrl: 'http://127.0.0.1:1/token' });
const env = { TEMPORAL_ADRESS: value };
const said = 'Nothing reads the variable TEMPORAL_ADRESS: did you mean TEMPORAL_ADDRESS?';

it.each<[string, (logger: RecordingLogger) => object]>([
  ['temporalAuth', (logger) => temporalAuth({ credentials, logger, env })],
  ['TemporalWorkflowClient', (logger) => new TemporalWorkflowClient({ credentials, logger, env })],
  ['AtlanAuthClient', (logger) => new AtlanAuthClient({ credentials, logger, env })],
])('%s warns of it once', (_name, make) => {
  const logger = new RecordingLogger();
  make(logger);
  expect(logger.messages('WARN')).toEqual([said]);
});

it('the doctor warns of each', async () => {
  const examine = async (found: Record<string, string>) =>
    checkOf(await diagnose({ credentials, env: found, timeoutMs: 1_000 }), 'variables');
  expect(await examine({})).toMatchObject({ result: 'success' });
  const found = await examine({ ...env, WORKER_AUTH_SCOPES: value });
  expect(found).toMatchObject({ result: 'warning', code: 'DOCTOR_VARIABLE_UNREAD' });
  expect(JSON.stringify(found)).toContain(said);
  expect(JSON.stringify(found)).toContain('did you mean WORKER_AUTH_SCOPE?');
  expect(JSON.stringify(found)).not.toContain(value);
});

function namesOf(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((line) => line.split(' ')).map((name) => [name, value]));
}

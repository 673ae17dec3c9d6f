import { FakeTemporalFrontend, MockOAuthServer } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { linkedProject } from '../src/consumers/linked-project.ts';

const modules = ['@temporalio/client', '@temporalio/common', '@grpc/grpc-js', '@types/node'];

describe('a project without @temporalio/worker', () => {
  it('compiles against the client entry with every declaration looked at, and makes its calls with a token', async () => {
    await using oauth = await MockOAuthServer.start();
    await using temporal = await FakeTemporalFrontend.start({ jwks: oauth.jwksUrl });
    await using project = await linkedProject('client-only', modules);
    expect(await project.compile()).toEqual({ exitCode: 0, output: '' });
    const { exitCode, output } = await project.run(['main.js'], {
      ATLAN_APPLICATION_NAME: 'order-service',
      ATLAN_order_service_client_id: oauth.clientId,
      ATLAN_order_service_client_secret: oauth.clientSecret,
      ATLAN_WORKFLOW_AUTH_ENABLED: 'true',
      ATLAN_WORKFLOW_AUTH_URL: oauth.tokenUrl,
      ATLAN_WORKFLOW_HOST: '127.0.0.1',
      ATLAN_WORKFLOW_PORT: String(temporal.port),
    });
    expect(output.split('\n')).toEqual(
      expect.arrayContaining([
        ...['started by authenticatedConnection', 'started by authInterceptor', 'started by plugin'],
        ...['valid default ConnectivityError', 'worker: ERR_MODULE_NOT_FOUND'],
      ]),
    );
    expect(exitCode).toBe(0);
  });
});

import { beforeAll, expect, it, vi } from 'vitest';
import { attach, authenticatedNativeConnection } from '../../src/connection/attach.ts';
import { authenticatedConnection } from '../../src/connection/authenticated-connection.ts';
import { AtlanAuthClient } from '../../src/facade/atlan-auth-client.ts';
import { watchdog } from '../../src/worker/a-la-carte.ts';
import { authOptions } from '../support/auth-options.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { openScene, passUntil, rejection, type Scene } from '../support/scene.ts';

beforeAll(quietRuntime);

function tokensOf({ oauth, clock, log }: Scene): AtlanAuthClient {
  return new AtlanAuthClient({ ...authOptions(oauth), logger: log, token: { clock, random: () => 0 } });
}

/** The fingerprints of all tokens that Temporal was called with, each once. */
function seen({ temporal }: Scene): (string | undefined)[] {
  return [...new Set(temporal.tokensOf())];
}

it('a client connection carries the token of each moment, and is closed when it cannot be opened', async () => {
  await using scene = await openScene();
  await using tokens = tokensOf(scene);
  const options = { address: scene.temporal.address, metadata: { authorization: 'Bearer other' } };
  const connection = await authenticatedConnection(tokens, options);
  await tokens.refreshToken();
  await connection.workflowService.describeNamespace({ namespace: 'default' });
  expect(seen(scene)).toEqual(scene.issuedFingerprints());
  await connection.close();
  scene.temporal.failWith('permissionDenied', 'GetSystemInfo');
  expect(await rejection(authenticatedConnection(tokens, options))).toMatchObject({
    cause: { code: 7 },
  });
  await scene.temporal.until(() => scene.temporal.openConnections === 0);
});

it('a native connection is told of each new token, until it is closed', async () => {
  await using scene = await openScene();
  await using tokens = tokensOf(scene);
  const connection = await authenticatedNativeConnection(tokens, { address: scene.temporal.address });
  const call = () => connection.workflowService.describeNamespace({ namespace: 'default' });
  await call();
  await tokens.refreshToken();
  await call();
  expect(scene.temporal.tokensOf('DescribeNamespace')).toEqual(scene.issuedFingerprints());
  await connection.close();
  // Nothing to push to: nothing is thrown, and nobody listens any more.
  await tokens.refreshToken();
});

it('a native connection that is attached once more is told of each token once', async () => {
  await using scene = await openScene();
  await using tokens = tokensOf(scene);
  const { address } = scene.temporal;
  const connection = await authenticatedNativeConnection(tokens, { address });
  const told = vi.spyOn(connection, 'setApiKey');
  const attached = await attach(tokens, connection);
  expect(await attach(tokens, connection)).toBe(attached);
  await tokens.refreshToken();
  await attached.pushed();
  expect(told.mock.calls).toEqual([[scene.oauth.issuedTokens[1]]]);
  await connection.close();
});

it('a native connection needs one token to be opened, and nothing after it', async () => {
  await using scene = await openScene();
  await using tokens = tokensOf(scene);
  const first = await tokens.getToken();
  const getToken = vi.spyOn(tokens, 'getToken').mockResolvedValueOnce(first);
  getToken.mockRejectedValue(new Error('no more'));
  const { address } = scene.temporal;
  const connection = await authenticatedNativeConnection(tokens, { address });
  await connection.close();
  await scene.temporal.until(() => scene.temporal.openConnections === 0);
});

it('a connection of one’s own is told of each new token until it is detached', async () => {
  await using scene = await openScene();
  await using tokens = tokensOf(scene);
  const apiKey = (await tokens.getAccessToken()) ?? '';
  const { NativeConnection } = await import('@temporalio/worker');
  const connection = await NativeConnection.connect({ address: scene.temporal.address, apiKey, tls: false });
  const call = () => connection.workflowService.describeNamespace({ namespace: 'default' });
  const attached = await attach(tokens, connection);
  await tokens.refreshToken();
  await attached.pushed();
  await call();
  await attached.detach();
  await tokens.refreshToken();
  await call();
  const [, second] = scene.issuedFingerprints();
  expect(scene.temporal.tokensOf('DescribeNamespace')).toEqual([second, second]);
  expect(attached.held).toBe(scene.oauth.issuedTokens[1]);
  await connection.close();
});

it('a watchdog tells of a token that is refused', async () => {
  await using scene = await openScene();
  await using tokens = tokensOf(scene);
  const { address } = scene.temporal;
  const connection = await authenticatedNativeConnection(tokens, { address });
  const guard = watchdog(tokens, await attach(tokens, connection), {
    ...{ address, logger: scene.log, clock: scene.clock },
  });
  scene.temporal.injectFault('permissionDenied', { token: 1, method: 'RecordWorkerHeartbeat' });
  await passUntil(scene, () => scene.log.matching('refuses the access token').length > 0);
  await passUntil(scene, () => guard.watchdog.health.kind === 'good');
  expect(scene.temporal.tokensOf('RecordWorkerHeartbeat').at(-1)).toBe(scene.issuedFingerprints()[1]);
  await connection.close();
  // The watchdog finds it closed at its next probe, and ends.
  await tokens.stop();
  await passUntil(scene, () => scene.clock.pendingTimers === 0);
});

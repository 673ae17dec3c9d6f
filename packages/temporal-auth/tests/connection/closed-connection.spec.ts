import { describe, expect, it } from 'vitest';
import { openCallScene } from '../support/call-scene.ts';
import { rejection } from '../support/scene.ts';

const closed = {
  code: 1,
  cause: { name: 'StoppedError', code: 'TEMPORAL_AUTH_CLOSED' },
};

/** Of a gRPC error, or of one of Temporal's around it. */
function grpcError(error: unknown): unknown {
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  return typeof cause?.code === 'number' ? cause : error;
}

describe('a call whose connection is closed', () => {
  it('while Temporal’s retries wait, ends as cancelled and not the process', async () => {
    await using scene = await openCallScene();
    scene.temporal.failWith('unavailable');
    const failed = rejection(scene.call());
    await scene.temporal.until(() => scene.temporal.calls.length > 0);
    await scene.connection.close();
    expect(grpcError(await failed)).toMatchObject(closed);
  });

  it('while another token is awaited in place of a rejected one, ends as cancelled', async () => {
    await using scene = await openCallScene();
    // A token that Temporal has accepted is replaced at once.
    await scene.call();
    scene.temporal.failWith('permissionDenied');
    const asked = scene.tokens.nextRequest();
    const failed = rejection(scene.call());
    await asked;
    await scene.connection.close();
    scene.tokens.give('second');
    expect(grpcError(await failed)).toMatchObject(closed);
  });

  it('before it is made, is an error too', async () => {
    await using scene = await openCallScene();
    await scene.connection.close();
    expect(grpcError(await rejection(scene.call()))).toMatchObject(closed);
  });
});

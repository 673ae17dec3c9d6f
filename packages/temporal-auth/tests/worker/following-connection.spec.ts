import type { NativeConnection } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { followingConnection } from '../../src/worker/connection-replacer.ts';
import { FakeConnection, native } from '../support/fake-connection.ts';

describe('followingConnection', () => {
  it('has of everything what the connection in place has', async () => {
    const [first, second] = [new FakeConnection(), new FakeConnection()];
    let current = first;
    const following = followingConnection(() => native(current));
    expect(following.workflowService).toBe(first.workflowService);
    current = second;
    expect(following.workflowService).toBe(second.workflowService);
    const close = Reflect.get<NativeConnection, 'close'>(following, 'close');
    await close();
    expect([first.isClosed, second.isClosed]).toEqual([false, true]);
  });
});

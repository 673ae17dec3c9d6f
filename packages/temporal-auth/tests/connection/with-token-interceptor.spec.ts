import type { Interceptor } from '@grpc/grpc-js';
import type { ConnectionOptions } from '@temporalio/client';
import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { directNetwork } from '@worker-auth/calls/tests/direct-network';
import * as interceptors from '../../src/connection/auth-interceptor.ts';
import { withTokenInterceptor } from '../../src/connection/presentation.ts';
import { TokenReplacement } from '@worker-auth/calls/tokens/token-replacement';
import { FakeTokens } from '../support/fake-connection.ts';

function withTokens(options: ConnectionOptions = {}): ConnectionOptions {
  return withTokenInterceptor(
    options,
    new TokenReplacement(new FakeTokens(), new FakeClock()),
    directNetwork,
  );
}

function withoutTokens(options: ConnectionOptions = {}): ConnectionOptions {
  return withTokenInterceptor(options, undefined, directNetwork);
}

describe('options of a connection that pulls its tokens', () => {
  it('have the interceptor for tokens behind Temporal’s retries', () => {
    const { interceptors: all = [] } = withTokens();
    expect(all.map(interceptors.isAuthInterceptor)).toEqual([false, true]);
  });

  it('have it behind the interceptors that are given, in place of Temporal’s', () => {
    const ours: Interceptor = (options, next) => next(options) as never;
    const { interceptors: all = [] } = withTokens({ interceptors: [ours] });
    expect(all).toHaveLength(2);
    expect(all[0]).toBe(ours);
    expect(withTokens({ interceptors: [] }).interceptors).toHaveLength(1);
  });

  it('have it once, whoever has configured them before', () => {
    const once = withTokens();
    const twice = withTokens(once);
    expect(twice.interceptors?.map(interceptors.isAuthInterceptor)).toEqual([false, true]);
    expect(withoutTokens(once).interceptors?.map(interceptors.isAuthInterceptor)).toEqual([false]);
  });

  it('have no other authorization', () => {
    const given = { apiKey: 'other', metadata: { authorization: 'Bearer other', 'x-tenant': 'a' } };
    const configured = withTokens(given);
    expect(configured.metadata).toEqual({ 'x-tenant': 'a' });
    expect(configured).not.toHaveProperty('apiKey');
  });
});

describe('options of a client connection', () => {
  it('have gRPC connect again after 5 s at most, unless they say otherwise', () => {
    const key = 'grpc.max_reconnect_backoff_ms';
    expect(withTokens({ channelArgs: { 'grpc.primary_user_agent': 'a' } }).channelArgs).toMatchObject({
      ...{ [key]: 5_000, 'grpc.primary_user_agent': 'a' },
    });
    expect(withTokens({ channelArgs: { [key]: 7 } }).channelArgs?.[key]).toBe(7);
  });
});

import { describe, expect, it } from 'vitest';
import { AuthenticationError, ConfigurationError } from '../../src/errors/temporal-auth-error.ts';
import type { AnyAuthOptions } from '../../src/settings/auth-options.ts';
import { readApplication } from '../../src/tokens/application.ts';
import type { ApplicationTokens } from '../../src/tokens/application-tokens.ts';
import { fetchTokens } from '../support/fetched-tokens.ts';
import { rejection } from '../support/scene.ts';

const rejected = (): Response => Response.json({ error: 'invalid_client' }, { status: 401 });

function make(options: AnyAuthOptions): ApplicationTokens {
  return readApplication(options).tokens as ApplicationTokens;
}

function open(credentials?: { readonly tlsEnabled: boolean }) {
  const scene = fetchTokens(credentials);
  return { scene, tokens: make(scene.options) };
}

describe('ApplicationTokens', () => {
  it('has nothing to tell before the first token', async () => {
    const { tokens } = open();
    expect([tokens.peek(), tokens.activeTokens, tokens.lastError]).toEqual([undefined, [], undefined]);
    expect([tokens.manager.expiresAt, tokens.manager.remainingMs, tokens.manager.nextRefreshInMs]).toEqual(
      Array(3).fill(undefined),
    );
    expect([tokens.credentialsSource, tokens.tlsEnabled]).toEqual([undefined, undefined]);
    await tokens.stop();
  });

  it('tells of the token that it has, to all who ask or listen', async () => {
    const { scene, tokens } = open({ tlsEnabled: true });
    const events: unknown[] = [];
    const leave = tokens.subscribe((token) => events.push(token));
    tokens.on('tokenRefreshed', ({ tokenNumber }) => events.push(tokenNumber));
    expect(await tokens.getToken()).toBe('token-1');
    expect(await tokens.getToken()).toBe('token-1');
    expect([tokens.peek(), tokens.manager.remainingMs]).toEqual(['token-1', 3_600_000]);
    expect(tokens.manager.expiresAt).toEqual(new Date(scene.clock.wallNow() + 3_600_000));
    expect([tokens.credentialsSource, tokens.tlsEnabled]).toEqual(['the test', true]);
    leave();
    expect(await tokens.getToken({ forceRefresh: true })).toBe('token-2');
    expect(events).toEqual(expect.arrayContaining(['token-1', 1, 2]));
    expect(events).not.toContain('token-2');
    expect(scene.log.entries[0]).toMatchObject({ level: 'INFO', meta: { applicationName: 'orders' } });
    await tokens.stop();
  });

  it('knows every token that no message may show, until it is over', async () => {
    const { scene, tokens } = open();
    await tokens.getToken();
    await scene.clock.advance(1_000);
    await tokens.getToken({ forceRefresh: true });
    expect(tokens.activeTokens).toEqual(['token-1', 'token-2']);
    await scene.clock.advance(3_599_000);
    expect(tokens.activeTokens).toEqual(['token-2']);
    await scene.clock.advance(1_000);
    expect(tokens.activeTokens).toEqual([]);
    await tokens.stop();
  });

  it('throws errors of this package, and keeps the last until there is a token', async () => {
    const { scene, tokens } = open();
    scene.answer = rejected();
    const error = await rejection(tokens.getToken());
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(tokens.lastError).toBeInstanceOf(AuthenticationError);
    scene.answer = undefined;
    await scene.clock.advance(60_000);
    await tokens.getToken();
    expect(tokens.lastError).toBeUndefined();
    await tokens.stop();
  });

  it('shows in no error a token that lives', async () => {
    const { tokens } = open();
    await tokens.getToken();
    const error = tokens.translated(new Error('it was token-1'));
    expect(String(error)).not.toContain('token-1');
    await tokens.stop();
  });

  it('rejects in words of this package what makes no sense', () => {
    const scene = fetchTokens();
    const create = () => make({ ...scene.options, env: { WORKER_AUTH_TOKEN_URL: 'no URL' } });
    expect(create).toThrow(ConfigurationError);
  });
});

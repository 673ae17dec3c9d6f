import { describe, expect, it } from 'vitest';
import { readApplication } from '../../src/tokens/application.ts';
import type { ApplicationTokens } from '../../src/tokens/application-tokens.ts';
import { fetchTokens } from '../support/fetched-tokens.ts';

function open() {
  const scene = fetchTokens();
  return { scene, tokens: readApplication(scene.options).tokens as ApplicationTokens };
}

describe('ApplicationTokens', () => {
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

  it('shows in no error a token that lives', async () => {
    const { tokens } = open();
    await tokens.getToken();
    const error = tokens.translated(new Error('it was token-1'));
    expect(String(error)).not.toContain('token-1');
    await tokens.stop();
  });
});

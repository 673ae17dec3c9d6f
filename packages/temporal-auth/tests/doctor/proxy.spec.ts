import { describe, expect, it } from 'vitest';
import { directWayTo } from '../../src/doctor/proxy.ts';

const endpoint = new URL('https://auth.example/token');
const proxy = 'http://user:hunter2@proxy.example:3128';

describe('the way to a token endpoint', () => {
  it.each([
    ['HTTPS_PROXY', {}, { HTTPS_PROXY: proxy }],
    ['the option', { proxy }, {}],
  ])('is the proxy of %s, shown without its password', (_name, options, env) => {
    const way = directWayTo(endpoint, options, env);
    expect(way.value).toBeUndefined();
    expect(way.description).toMatch(/^requests for tokens go by the proxy .*proxy\.example:3128/);
    expect(JSON.stringify(way)).not.toContain('hunter2');
  });

  it('is direct for what NO_PROXY excepts, and where there is no proxy', () => {
    const excepted = directWayTo(endpoint, {}, { HTTPS_PROXY: proxy, NO_PROXY: 'auth.example' });
    expect(excepted.description).toBe('requests for tokens go by no proxy');
    expect(excepted.value).toBeDefined();
    expect(directWayTo(endpoint, {}, {}).value).toBeDefined();
  });

  it('is a matter of the user who gives a fetch', () => {
    const way = directWayTo(endpoint, { token: { fetch } }, { HTTPS_PROXY: proxy });
    expect(way).toEqual({
      value: undefined,
      description: 'requests for tokens go by the option token.fetch',
    });
  });
});

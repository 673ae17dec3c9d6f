import { FakeClock, SigningKey } from '@worker-auth/testing-fakes';
import { assertion, environment } from '@worker-auth/calls/settings/credentials';
import { describe, expect, it } from 'vitest';
import { checkOf, diagnosed, openDiagnosisScene, openLenientScene } from '../support/diagnosis.ts';

const jwtOf = (...parts: readonly object[]): string =>
  [...parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')), 'signature'].join('.');

describe('a diagnosis shows', () => {
  it('no client secret that the server put into the token', async () => {
    await using scene = await openLenientScene();
    const { clientSecret } = scene.stack.oauth;
    const claims = { sub: 'worker', aud: [clientSecret], note: `x ${clientSecret}`, [clientSecret]: 1 };
    const token = jwtOf({ alg: clientSecret }, claims);
    const body = JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 3_600 });
    scene.stack.oauth.failWith({ status: 200, body });
    // Looks for the secret in all that was found.
    const diagnosis = await diagnosed(scene);
    const { description, evidence = [] } = checkOf(diagnosis, 'token-type');
    expect(description).toMatch(/^the token is a JWT \(\[redacted\]\) with /);
    expect(evidence.map((line): unknown => JSON.parse(line))).toEqual([
      { sub: 'worker', aud: ['[redacted]'], note: '[redacted]', '[redacted]': 1 },
    ]);
  });

  it('no control and bidirectional characters of the header of a token', async () => {
    await using scene = await openLenientScene();
    const token = jwtOf({ alg: 'ES\u001b[31m\u202e512' }, { sub: 'worker' });
    const body = JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 3_600 });
    scene.stack.oauth.failWith({ status: 200, body });
    const { description, error } = checkOf(await diagnosed(scene), 'token-type');
    expect(`${description}${error ?? ''}`).not.toMatch(/[^\P{C}\n]/u);
    expect(description).toContain('512)');
  });
});

describe('the line on the life of a token', () => {
  it('says how many tokens that are in a month', async () => {
    await using scene = await openDiagnosisScene({ oauth: { lifetimeSeconds: 3_600 } });
    const { description } = checkOf(await diagnosed(scene), 'token-life');
    const [, count = ''] = /; about ([\d,]+) tokens a month for each process$/.exec(description) ?? [];
    // Refreshed after 30 minutes at most, by chance up to 12 earlier: every 24 on average.
    expect(Number(count.replace(',', ''))).toBeCloseTo(1_800, -2);
    const seldom = await diagnosed(scene, { credentials: environment({ provider: 'okta' }) });
    expect(checkOf(seldom, 'token-life').description).toContain('about 1,029 tokens a month');
  });
});

describe('a rejected assertion', () => {
  const key = new SigningKey('ES256');
  const clients = [{ clientId: 'worker', jwks: { keys: [key.publicJwk] } }];

  it('is no matter of clocks that are 30 s apart', async () => {
    const wallMs = Date.now();
    const [host, server] = [new FakeClock({ wallMs: wallMs + 30_000 }), new FakeClock({ wallMs })];
    await using scene = await openLenientScene({ clock: server, oauth: { clients } });
    const claims = { iss: 'worker', sub: 'other', aud: scene.stack.oauth.issuer };
    const seconds = Math.floor(wallMs / 1_000);
    const clientAssertion = (): string => key.signJwt({ ...claims, iat: seconds, exp: seconds + 20 });
    const diagnosis = await diagnosed(scene, {
      ...{ clock: host, credentials: assertion(clientAssertion, { id: 'worker' }) },
    });
    expect(diagnosis.causes).toEqual(['token-request']);
    expect(checkOf(diagnosis, 'token-clock')).toMatchObject({ result: 'warning', code: 'DOCTOR_CLOCK_OFF' });
    const { error } = checkOf(diagnosis, 'token-request');
    expect(error).toContain('has sub "other", which is not the client id');
    // By the server's clock it is good.
    expect(error).not.toContain('ended (exp)');
  });
});

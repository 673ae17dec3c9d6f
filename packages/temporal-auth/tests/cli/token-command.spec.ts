import { assertNoLeak } from '@worker-auth/testing-fakes';
import { describe, expect, it, vi } from 'vitest';
import { runCli } from '../support/cli-run.ts';
import { type DiagnosisScene, openDiagnosisScene } from '../support/diagnosis.ts';
import { isSettled } from '../support/scene.ts';

const openScene = (): Promise<DiagnosisScene> =>
  openDiagnosisScene({ frontend: false, oauth: { lifetimeSeconds: 3_600 } });

describe('token', () => {
  it('tells of the claims and of what is left of the life, and not the token', async () => {
    await using scene = await openScene();
    const { code, stdout, stderr } = await runCli(['token'], scene.env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^Got an access token with the credentials from Dapr secret store component ".*", secret ".*"\.\n/,
    );
    expect(stdout).toMatch(
      /\nIt is good for 3(?:600|59\d) s, until \d{4}-\d\d-\d\dT[\d:.]+Z\.\nIts claims:\n/,
    );
    expect(stdout).toContain('\n  permissions: ["default:write"]\n');
    expect(stdout).toMatch(/\n {2}exp: \d+ \(\d{4}-\d\d-\d\dT[\d:.]+Z\)\n/);
    assertNoLeak(stdout, [scene.stack.oauth.clientSecret, ...scene.stack.oauth.issuedTokens]);
  });

  it('gives the token alone with --raw', async () => {
    await using scene = await openScene();
    const { code, stdout } = await runCli(['token', '--raw'], scene.env);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${scene.stack.oauth.issuedTokens[0]}\n` });
  });

  it('gives JSON as an exec credential plugin does; the token is in it only with --raw', async () => {
    await using scene = await openScene();
    const { code, stdout } = await runCli(['token', '--output', 'json'], scene.env);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { expirationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string },
      remainingSeconds: expect.closeTo(3_590, -2) as number,
      credentialsSource: expect.stringContaining('Dapr secret store component') as string,
      claims: expect.objectContaining({ sub: 'worker' }) as object,
    });
    assertNoLeak(stdout, [scene.stack.oauth.clientSecret, ...scene.stack.oauth.issuedTokens]);
    const raw = await runCli(['token', '--output', 'json', '--raw'], scene.env);
    expect(JSON.parse(raw.stdout)).toMatchObject({ status: { token: scene.stack.oauth.issuedTokens[1] } });
  });

  it.each([[], ['--output', 'json']])(
    'shows no client secret that the server put into a claim %s',
    async (...options) => {
      await using scene = await openScene();
      const { clientSecret } = scene.stack.oauth;
      const [header, claims] = [
        { alg: 'none' },
        { sub: 'worker', note: `secret ${clientSecret}`, [clientSecret]: 1 },
      ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
      scene.stack.oauth.failWith({
        status: 200,
        body: JSON.stringify({
          access_token: `${header}.${claims}.signature`,
          token_type: 'Bearer',
          expires_in: 60,
        }),
      });
      const { code, stdout } = await runCli(['token', ...options], scene.env);
      expect(code).toBe(0);
      expect(stdout).toContain('worker');
      assertNoLeak(stdout, [clientSecret]);
    },
  );

  it('says of a token that is no JWT that it has no claims', async () => {
    await using scene = await openScene();
    const body = JSON.stringify({ access_token: 'opaque-0123456789', token_type: 'Bearer', expires_in: 60 });
    scene.stack.oauth.failWith({ body });
    const { stdout } = await runCli(['token'], scene.env);
    expect(stdout).toContain('It is no JWT');
    expect(stdout).not.toContain('opaque-0123456789');
    expect(JSON.parse((await runCli(['token', '--output', 'json'], scene.env)).stdout)).not.toHaveProperty(
      'claims',
    );
  });

  it('ends with 3 when there is none, with the code and its place in the runbook', async () => {
    await using scene = await openScene();
    scene.stack.oauth.rotateClientSecret();
    const { code, stdout, stderr } = await runCli(['token'], scene.env);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^error: The token endpoint \S+ answered 401 invalid_client/);
    expect(stderr).toContain(
      'TOKEN_CLIENT_REJECTED: see https://github.com/worker-auth/worker-auth/blob/main/packages/temporal-auth/docs/runbook/tokens.md#token_client_rejected',
    );
  });

  it('waits for a token no longer than --timeout', async () => {
    await using scene = await openScene();
    scene.stack.oauth.failWith('neverAnswers');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
    const asking = runCli(['token', '--timeout', '9'], scene.env);
    await expect.poll(() => scene.stack.oauth.tokenRequests.length).toBe(1);
    await vi.advanceTimersByTimeAsync(8_000);
    expect(await isSettled(asking)).toBe(false);
    await vi.advanceTimersByTimeAsync(1_000);
    vi.useRealTimers();
    expect(await asking).toMatchObject({
      ...{ code: 3, stderr: expect.stringContaining('TOKEN_REQUEST_TIMED_OUT') as string },
    });
  });

  it('says what each time in the claims is', async () => {
    await using scene = await openScene();
    const claims = { iat: 0, nbf: 1, exp: 4_102_444_800, at: 3 };
    const [header, payload] = [{ alg: 'none' }, claims].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    const body = { access_token: `${header}.${payload}.signature`, token_type: 'Bearer', expires_in: 60 };
    scene.stack.oauth.failWith({ status: 200, body: JSON.stringify(body) });
    const { stdout } = await runCli(['token'], scene.env);
    const second = (ms: number): string => new Date(ms).toISOString();
    expect(stdout).toContain(
      `\n  iat: 0 (${second(0)})\n  nbf: 1 (${second(1_000)})\n  exp: 4102444800 (2100-01-01T00:00:00.000Z)\n  at: 3\n`,
    );
  });

  it.each([
    [['--timeout', '0'], '--timeout must be a whole number from 1 to 3600'],
    [['--output', 'yaml'], '--output must be text or json, not "yaml"'],
    [['--timeout', '-1'], "'--timeout' argument is ambiguous"],
  ])('rejects %j', async (args, message) => {
    const { code, stderr } = await runCli(['token', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

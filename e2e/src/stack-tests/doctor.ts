import { type Stack, startTemporalDevServer } from '@worker-auth/servers';
import { clientSecret, diagnose, type DiagnoseOptions, type Diagnosis } from '@worker-auth/temporal-auth';
import { assertNoLeak } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { applicationName } from '../fixtures/real-stack.ts';
import { troubles } from './troubles.ts';

/** Longer than any check takes on a busy machine. */
const timeoutMs = 20_000;

/**
 * The tests of the doctor on a stack that runs.
 *
 * @param causes of each of these one trouble alone; default all troubles
 */
export function doctorTests(stack: () => Stack, codes?: readonly string[]): void {
  const chosen = codes?.flatMap((code) => troubles.find((trouble) => trouble.code === code) ?? []);
  async function diagnosed(options: DiagnoseOptions = {}): Promise<Diagnosis> {
    const env = { ...stack().env, ...options.env };
    const diagnosis = await diagnose({ applicationName, timeoutMs, ...options, env });
    assertNoLeak(diagnosis, [stack().client.clientSecret]);
    return diagnosis;
  }

  it('finds nothing wrong where nothing is', async () => {
    const diagnosis = await diagnosed({ native: true, workers: 1 });
    const others = checksOf(diagnosis).filter(({ result }) => result !== 'success');
    expect(others.map(({ name, result }) => [name, result])).toEqual([
      ['agent', 'skipped'],
      ['temporal-pollers', 'skipped'],
    ]);
    expect(diagnosis).toMatchObject({ success: true, causes: [] });
  });

  it('says of a Temporal that checks no token that it does not, and passes', async () => {
    await using temporal = await startTemporalDevServer();
    const diagnosis = await diagnosed({ env: { TEMPORAL_ADDRESS: temporal.address } });
    const check = checksOf(diagnosis).find(({ name }) => name === 'temporal-authentication');
    expect(check).toMatchObject({ result: 'note' });
    expect(check?.description).toMatch(/checks no token: it accepts the same call without one$/);
    expect(diagnosis).toMatchObject({ success: true, causes: [] });
  });

  it('warns of a component that is misspelt, and names the other', async () => {
    const diagnosis = await diagnosed({ env: { WORKER_AUTH_SECRET_COMPONENT: 'deployment-secrets' } });
    const warned = checksOf(diagnosis).filter(({ result }) => result === 'warning');
    expect(warned).toMatchObject([{ name: 'secret', code: 'SECRET_STORE_COMPONENT_NOT_FOUND' }]);
    expect(warned[0]?.cause).toMatch(
      /no component "deployment-secrets".*"deployment-secret-store", the only other/,
    );
  });

  it('names the method that works where the client is registered for another than the first that is offered', async () => {
    const realm = await stack().keycloak.createRealm('doctor');
    const [id, secret] = ['hmac-worker', 'a client secret of thirty-two bytes or more'];
    await realm.createSecretSigningClient(id, secret);
    const { issuer } = realm;
    const diagnosis = await diagnosed({ credentials: clientSecret({ id, secret, issuer }) });
    const check = checksOf(diagnosis).find(({ name }) => name === 'token-request');
    expect(check).toMatchObject({ result: 'error', code: 'TOKEN_CLIENT_REJECTED' });
    expect(check?.cause).toMatch(/by client_secret_post, and client_secret_jwt works\./);
  });

  it.each(chosen ?? troubles)('names the cause: $trouble', async ({ broken, cause, code, fix }) => {
    await using started = new AsyncDisposableStack();
    const diagnosis = await diagnosed(await broken(stack(), started));
    expect(diagnosis).toMatchObject({ success: false, causes: [cause] });
    const check = checksOf(diagnosis).find(({ name }) => name === cause);
    expect(check).toMatchObject({ result: 'error', code });
    expect(`${check?.cause} ${check?.remedy}`).toMatch(fix);
  });
}

function checksOf({ categories }: Diagnosis): Diagnosis['categories'][number]['checks'] {
  return categories.flatMap(({ checks }) => checks);
}

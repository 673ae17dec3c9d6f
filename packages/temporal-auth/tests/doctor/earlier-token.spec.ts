import { expect, it } from 'vitest';
import { checkOf, diagnosed, openDiagnosisScene } from '../support/diagnosis.ts';

const name = 'temporal-earlier-token';

it('warns where Temporal rejects a token after the next one was issued, and points to one shared token', async () => {
  await using scene = await openDiagnosisScene();
  const { oauth, frontend } = scene.stack;
  frontend?.failWith(({ token }) => {
    const isEnded = oauth.issuedTokens.length > 1 && token?.number === 1;
    return isEnded ? 'permissionDenied' : undefined;
  });
  const diagnosis = await diagnosed(scene);
  expect(diagnosis).toMatchObject({ success: true, causes: [] });
  expect(checkOf(diagnosis, name)).toMatchObject({
    ...{ result: 'warning', code: 'DOCTOR_ONE_TOKEN_PER_CLIENT' },
    error: expect.stringMatching(
      /one token for each client.*share one token \(worker-auth-agent\)/,
    ) as string,
    url: expect.stringMatching(/doctor\.md#doctor_one_token_per_client$/) as string,
  });
});

it('finds nothing wrong where the token endpoint gives the same token again', async () => {
  await using scene = await openDiagnosisScene();
  const answer = { access_token: scene.stack.oauth.mintToken(), token_type: 'Bearer', expires_in: 3_600 };
  const fetch = (): Promise<Response> => Promise.resolve(Response.json(answer));
  expect(checkOf(await diagnosed(scene, { fetch }), name)).toMatchObject({
    ...{ result: 'success', description: 'the token endpoint gives the same token again' },
  });
});

it('blames nothing where Temporal rejects both by then', async () => {
  await using scene = await openDiagnosisScene();
  const { oauth, frontend } = scene.stack;
  frontend?.failWith(({ method }) => {
    const isEnded = oauth.issuedTokens.length > 1 && method === 'DescribeNamespace';
    return isEnded ? 'permissionDenied' : undefined;
  });
  expect(checkOf(await diagnosed(scene), name)).toMatchObject({
    ...{ result: 'success', description: expect.stringContaining('not known') as string },
  });
});

import { status } from '@grpc/grpc-js';
import type { Connection } from '@temporalio/client';
import { expect, it } from 'vitest';
import type { DiagnoseOptions } from '../../src/doctor/diagnosis.ts';
import { checkEarlierToken } from '../../src/doctor/check-workers.ts';
import type { ApplicationTokens } from '../../src/tokens/application-tokens.ts';
import { examined, type Finding } from '../support/examined.ts';
import { grpcError } from '../support/fake-client-connection.ts';

/** What is found where Temporal answers so for each token. */
async function found(
  answers: Readonly<Record<string, number>>,
  tokens: readonly string[] = ['first', 'second'],
  options: DiagnoseOptions = {},
): Promise<{ readonly finding: Finding; readonly asked: readonly unknown[] }> {
  const asked: unknown[] = [];
  let bearer = '';
  const connection = {
    withMetadata: ({ authorization }: { readonly authorization: string }, call: () => unknown) => {
      bearer = authorization;
      return call();
    },
    workflowService: {
      describeNamespace: ({ namespace }: { readonly namespace: string }) => {
        asked.push(`${namespace} ${bearer}`);
        const code = answers[bearer.replace('Bearer ', '')];
        return code === undefined ? Promise.resolve({}) : Promise.reject(grpcError(code));
      },
    },
  } as unknown as Connection;
  const getToken = (given: {
    readonly forceRefresh?: boolean;
    readonly signal: unknown;
  }): Promise<unknown> => {
    expect(given.signal).toBeInstanceOf(AbortSignal);
    return Promise.resolve(tokens[given.forceRefresh === true ? 1 : 0]);
  };
  const given = { tokens: { getToken } as unknown as ApplicationTokens };
  const check = await examined(
    (scene) => checkEarlierToken(Object.assign(scene, given), connection, 'ours'),
    options,
  );
  return { finding: check('temporal-earlier-token'), asked };
}

const { PERMISSION_DENIED, UNAUTHENTICATED, UNAVAILABLE } = status;
const accepted = 'Temporal accepts a token after the next one was issued';

it('Temporal accepts it', async () => {
  const { finding, asked } = await found({});
  expect(finding).toEqual({ description: accepted, result: 'success' });
  expect(asked).toEqual(['ours Bearer first']);
});

it.each([PERMISSION_DENIED, UNAUTHENTICATED])('Temporal rejects it alone: %d', async (code) => {
  const { finding, asked } = await found({ first: code });
  expect(finding).toEqual({
    ...{ description: 'Temporal rejects a token after the next one was issued', result: 'warning' },
    code: 'DOCTOR_ONE_TOKEN_PER_CLIENT',
    error:
      'Temporal accepted a token and rejected it after the next one was issued: the OAuth server keeps one token for each client. Have replicas share one token (worker-auth agent), or give each a client of its own.',
  });
  expect(asked).toEqual(['ours Bearer first', 'ours Bearer second']);
});

it('Temporal rejects both, or cannot be reached', async () => {
  const both = { first: PERMISSION_DENIED, second: PERMISSION_DENIED };
  expect((await found(both)).finding).toEqual({
    ...{ description: `${accepted}: not known, it rejects both by now`, result: 'success' },
  });
  expect((await found({ first: UNAVAILABLE })).finding).toMatchObject({ result: 'error' });
});

it('there is only one', async () => {
  const same = await found({ first: PERMISSION_DENIED }, ['first', 'first']);
  expect(same.finding.description).toBe('the token endpoint gives the same token again');
  const ofFile = await found({}, [], { tokenFile: '/a' });
  expect(ofFile.finding).toMatchObject({
    ...{ result: 'skipped', description: expect.stringMatching(/: the token comes from a file$/) as string },
  });
  expect([...same.asked, ...ofFile.asked]).toEqual([]);
});

it('nobody is asked where there is no connection, or no token', async () => {
  const connection = {} as unknown as Connection;
  const tokens = {} as unknown as ApplicationTokens;
  for (const [at, known] of [
    [undefined, tokens],
    [connection, undefined],
  ] as const) {
    const check = await examined((scene) =>
      checkEarlierToken(Object.assign(scene, { tokens: known }), at, 'a'),
    );
    expect(check('temporal-earlier-token').description).toMatch(/: not checked/);
  }
});

it('an answer is waited for as long as one step', async () => {
  const getToken = (): Promise<never> => new Promise(() => undefined);
  const given = { tokens: { getToken } as unknown as ApplicationTokens };
  const check = await examined(
    (scene) => checkEarlierToken(Object.assign(scene, given), {} as unknown as Connection, 'a'),
    {
      timeoutMs: 20,
    },
  );
  expect(check('temporal-earlier-token').error).toBe(
    'No answer to an earlier token within 20 ms. Check routes, firewalls and network policies.',
  );
});

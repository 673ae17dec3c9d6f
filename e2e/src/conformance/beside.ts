import { LoopbackServer } from '@worker-auth/testing-fakes';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../fixtures/eventually.ts';
import { Asker, type Ending } from './ask.ts';
import { methods } from './methods.ts';
import { keySet, keySetWithout } from './signing-keys.ts';
import { tokenKinds } from './token-kinds.ts';

const kinds = tokenKinds(Date.now());
const [getSystemInfo = ''] = methods;

/** One of two servers that are asked the same. */
export interface Side extends AsyncDisposable {
  readonly address: string;
}

/** What is the same about two answers: a rejection in its words; of any other answer, that it is none. */
function verdict(ending: Ending, isRejected: (ending: Ending) => boolean): Ending | 'let in' {
  return isRejected(ending) ? ending : 'let in';
}

/** The gateway beside what it stands for: every kind of token is rejected by both in the same words, or by neither. */
export function compare(
  start: () => Promise<readonly [Side, Side]>,
  isRejected: (ending: Ending) => boolean,
): void {
  const started = new AsyncDisposableStack();
  let askers: readonly Asker[];

  beforeAll(async () => {
    const sides = await start();
    for (const side of sides) started.use(side);
    askers = sides.map(({ address }) => started.use(new Asker(address)));
  });

  afterAll(() => started.disposeAsync());

  it.each([...kinds])('the same verdicts about: %s', async (_kind, authorization) => {
    const [real, ours] = await Promise.all(
      askers.map((asker) => Promise.all(methods.map((method) => asker.ask(method, authorization)))),
    );
    expect(ours?.map((ending) => verdict(ending, isRejected))).toEqual(
      real?.map((ending) => verdict(ending, isRejected)),
    );
  });

  it('let a good token in, and none without', async () => {
    for (const [kind, isIn] of [
      ['good', true],
      ['garbage', false],
    ] as const) {
      const endings = await Promise.all(
        askers.map((asker) => asker.ask(getSystemInfo, kinds.get(kind) ?? [])),
      );
      expect(endings.map((ending) => !isRejected(ending))).toEqual([isIn, isIn]);
    }
  });
}

/** Takes a key out of the set while both use it, and waits until both have noticed. */
export async function withdrawKey(
  start: (jwks: string) => Promise<readonly [Side, Side]>,
  isRejected: (ending: Ending) => boolean,
): Promise<void> {
  let published: unknown = keySet;
  await using started = new AsyncDisposableStack();
  const keyServer = started.use(await serveKeys(() => published));
  const sides = await start(keyServer.url);
  for (const side of sides) started.use(side);
  const askers = sides.map(({ address }) => started.use(new Asker(address)));
  const rejections = async (kind: string): Promise<readonly boolean[]> => {
    const endings = await Promise.all(askers.map((asker) => asker.ask(getSystemInfo, kinds.get(kind) ?? [])));
    return endings.map(isRejected);
  };
  expect(await rejections('good')).toEqual([false, false]);
  published = keySetWithout('rsa');
  await eventually('a rejection by both', async () => (await rejections('good')).every(Boolean));
  expect(await rejections('ES256')).toEqual([false, false]);
}

/** Publishes the signing keys. */
export function serveKeys(current: () => unknown = () => keySet): Promise<LoopbackServer> {
  return LoopbackServer.start((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(current()));
  });
}

import { expect, it, onTestFinished } from 'vitest';
import {
  assertNoLeak,
  FakeClock,
  FakeDaprSidecar,
  FakeTemporalFrontend,
  FakeTokenSource,
  InMemorySecretStore,
  LoopbackServer,
  MockOAuthServer,
  plantSecret,
  RecordingLogger,
  SigningKey,
  TestCertificateFolder,
  testCertificates,
  watchUnhandledRejections,
} from '../src/index.ts';

/** A program without types. */
type Untyped = Readonly<Record<string, (...given: readonly unknown[]) => unknown>>;

function untyped(given: object): Untyped {
  return given as Untyped;
}

const calls: readonly (readonly [name: string, call: () => unknown, message: string])[] = [
  ['FakeClock.advance', () => untyped(new FakeClock())['advance']?.('5'), 'ms must be a number'],
  ['FakeClock.advance', () => new FakeClock().advance(-5), 'ms must be a finite number, at least 0'],
  ['FakeClock.advance', () => new FakeClock().advance(Infinity), 'ms must be a finite number'],
  ['FakeClock.stepWall', () => untyped(new FakeClock())['stepWall']?.('5'), 'ms must be a number'],
  [
    'FakeClock.stepWall',
    () => {
      new FakeClock().stepWall(Number.NaN);
    },
    'ms must be a finite number',
  ],
  [
    'FakeClock.suspend',
    () => {
      new FakeClock().suspend(-1);
    },
    'ms must be a finite number, at least 0',
  ],
  ['FakeClock.startTimer', () => untyped(new FakeClock())['startTimer']?.(5), 'callback must be a function'],
  [
    'FakeClock.startTimer',
    () => untyped(new FakeClock())['startTimer']?.(() => undefined, '5'),
    'delayMs must be a number; received a text',
  ],
  [
    'FakeClock.startTimer',
    () => new FakeClock().startTimer(() => undefined, 2 ** 31),
    'at most 2147483647; received 2147483648',
  ],
  [
    'FakeClock.startTimer',
    () => untyped(new FakeClock())['startTimer']?.(() => undefined, 5, { keepalive: true }),
    'startTimer has no option keepalive: did you mean keepAlive?',
  ],
  [
    'FakeTokenSource.getToken',
    () => untyped(new FakeTokenSource())['getToken']?.({ timeoutMs: 5 }),
    'getToken has no option timeoutMs: there are rejectedToken, rejectedAs, forceRefresh, signal',
  ],
  [
    'FakeTokenSource.getToken',
    () => untyped(new FakeTokenSource())['getToken']?.({ forceRefresh: 'yes' }),
    'forceRefresh must be true or false; received a text',
  ],
  [
    'InMemorySecretStore.get',
    () => untyped(new InMemorySecretStore())['get']?.('a', { timeoutMs: 5 }),
    'get has no option timeoutMs',
  ],
  ['InMemorySecretStore.get', () => untyped(new InMemorySecretStore())['get']?.(5), 'name must be a text'],
  [
    'RecordingLogger.log',
    () => untyped(new RecordingLogger())['log']?.('warn', 'a line'),
    'level must be one of TRACE, DEBUG, INFO, WARN, ERROR; received "warn": did you mean WARN?',
  ],
  ['RecordingLogger.info', () => untyped(new RecordingLogger())['info']?.(5), 'message must be a text'],
  [
    'RecordingLogger.info',
    () => untyped(new RecordingLogger())['info']?.('a line', 'more'),
    'meta must be an object; received a text',
  ],
  [
    'FakeClock.holdWhile',
    () => untyped(new FakeClock())['holdWhile']?.({}),
    'must have the method isUnderWay',
  ],
  [
    'InMemorySecretStore.set',
    () => untyped(new InMemorySecretStore())['set']?.(5, 'a'),
    'name must be a text',
  ],
  [
    'InMemorySecretStore.delete',
    () => untyped(new InMemorySecretStore())['delete']?.(5),
    'name must be a text',
  ],
  [
    'RecordingLogger.matching',
    () => untyped(new RecordingLogger())['matching']?.(5),
    'pattern must be a text',
  ],
  ['SigningKey', () => new SigningKey('RS512' as never), 'alg must be one of RS256, ES256; received "RS512"'],
  [
    'TestCertificateFolder.write',
    async () => {
      await using folder = await TestCertificateFolder.create();
      await folder.write({ crt: 'a' } as never);
    },
    'write has no option crt: did you mean cert?',
  ],
  ['FakeTokenSource.rotate', () => untyped(new FakeTokenSource())['rotate']?.(5), 'token must be a text'],
  ['FakeTokenSource.subscribe', () => untyped(new FakeTokenSource())['subscribe']?.(), 'must be a function'],
  ['InMemorySecretStore', () => new InMemorySecretStore('a' as never), 'initial must be an object'],
  [
    'InMemorySecretStore',
    () => new InMemorySecretStore({ a: { b: 5 } } as never),
    'initial.a.b must be a text; received the number 5',
  ],
  [
    'InMemorySecretStore.set',
    () => untyped(new InMemorySecretStore())['set']?.('a', 5),
    'secret must be an object',
  ],
  ['RecordingLogger', () => new RecordingLogger({} as never), 'onEntry must be a function'],
  [
    'RecordingLogger.messages',
    () => untyped(new RecordingLogger())['messages']?.('warn'),
    'level must be one of TRACE, DEBUG, INFO, WARN, ERROR; received "warn": did you mean WARN?',
  ],
  ['plantSecret', () => plantSecret({} as never), 'name must be a text'],
  [
    'assertNoLeak',
    () => {
      assertNoLeak('a', undefined as never);
    },
    'A secret to look for must be a text',
  ],
  [
    'assertNoLeak',
    () => {
      assertNoLeak('a', ['b', 5 as never]);
    },
    'A secret to look for must be a text',
  ],
  ['testCertificates', () => testCertificates('a' as never), 'names must be a list'],
  ['watchUnhandledRejections', () => watchUnhandledRejections(/a/ as never), 'matches must be a function'],
  ['LoopbackServer.start', () => untyped(LoopbackServer)['start']?.(), 'handler must be a function'],
];

it.each(calls)('%s rejects what it cannot take', async (_name, call, message) => {
  await expect((async () => await call())()).rejects.toThrow(message);
});

const servers = {
  MockOAuthServer: () => MockOAuthServer.start(),
  FakeDaprSidecar: () =>
    FakeDaprSidecar.start({ components: [{ name: 'vault', type: 'secretstores.hashicorp.vault' }] }),
  FakeTemporalFrontend: () => FakeTemporalFrontend.start(),
};

const methods: readonly (readonly [
  kind: keyof typeof servers,
  method: string,
  given: readonly unknown[],
  message: string,
])[] = [
  ['MockOAuthServer', 'injectFault', ['unavailable503', null], 'must be an object; received null'],
  ['FakeTemporalFrontend', 'injectFault', ['permissionDenied', null], 'must be an object; received null'],
  ['MockOAuthServer', 'script', ['unavailable503'], 'steps must be a list; received a text'],
  ['FakeTemporalFrontend', 'script', [], 'steps must be a list; received nothing'],
  ['MockOAuthServer', 'subscribe', [], 'listener must be a function'],
  ['FakeTemporalFrontend', 'subscribe', ['rejected'], 'listener must be a function'],
  ['MockOAuthServer', 'rotateClientSecret', [{ keepOld: true }], 'The client secret must be a text'],
  ['FakeDaprSidecar', 'goCold', ['reject'], 'how must be one of rejecting, loading; received "reject"'],
  ['FakeDaprSidecar', 'setSecrets', ['vault', 'secret'], 'components[0].secrets must be an object'],
  ['FakeDaprSidecar', 'breakComponent', ['vault', { status: 503 }], 'brokenWith must be a function'],
];

it.each(methods)('%s.%s(%j) is rejected', async (kind, method, given, message) => {
  const server = await servers[kind]();
  onTestFinished(() => server.stop());
  await expect((async () => await untyped(server)[method]?.(...given))()).rejects.toThrow(message);
});

it('the version of a sidecar that runs is checked as at its start', async () => {
  const dapr = await FakeDaprSidecar.start();
  onTestFinished(() => dapr.stop());
  expect(() => {
    dapr.version = '1.14' as '1.14.0';
  }).toThrow('version must be one of 1.9.6, 1.14.0, 1.18.3; received "1.14": did you mean 1.14.0?');
  dapr.version = '1.14.0';
  expect(dapr.version).toBe('1.14.0');
});

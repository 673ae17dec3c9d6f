import { describe, expect, it, onTestFinished } from 'vitest';
import { credentialSourceContract } from '../src/contracts/credential-source-contract.ts';
import { secretStoreContract } from '../src/contracts/secret-store-contract.ts';
import { tokenSourceContract } from '../src/contracts/token-source-contract.ts';
import { FakeDaprSidecar } from '../src/dapr/fake-dapr-sidecar.ts';
import { FakeClock } from '../src/fake-clock.ts';
import { FakeTokenSource } from '../src/fakes/fake-token-source.ts';
import { InMemorySecretStore } from '../src/fakes/in-memory-secret-store.ts';
import { RecordingLogger } from '../src/fakes/recording-logger.ts';
import { FakeTemporalFrontend } from '../src/frontend/fake-temporal-frontend.ts';
import { TemporalAuthGateway } from '../src/gateway/temporal-auth-gateway.ts';
import { assertNoLeak, plantSecret } from '../src/leaks/assert-no-leak.ts';
import { MockOAuthServer } from '../src/oauth/mock-oauth-server.ts';
import { SigningKey } from '../src/oauth/signing-key.ts';
import { ConnectProxy } from '../src/server/connect-proxy.ts';
import { LoopbackServer } from '../src/server/loopback-server.ts';
import { fakeStack } from '../src/stack/fake-stack.ts';
import { TestCertificateFolder } from '../src/tls/test-certificate-folder.ts';
import { testCertificates } from '../src/tls/test-certificates.ts';
import { testClientCertificate } from '../src/tls/test-client-certificate.ts';
import { watchUnhandledRejections } from '../src/unhandled-rejections.ts';

/** As a program without types sees it. */
type Untyped = Readonly<Record<string, (...given: readonly unknown[]) => unknown>>;

const vault = { name: 'vault', type: 'secretstores.hashicorp.vault' };
const gateway = { upstream: '127.0.0.1:1', jwks: 'http://127.0.0.1:1' };
const local = { name: 'a', type: 'secretstores.local.file' };
const nothing = (): void => undefined;

/** What is called, by its name. */
const targets: Readonly<Record<string, () => unknown>> = {
  clock: () => new FakeClock(),
  tokens: () => new FakeTokenSource(),
  store: () => new InMemorySecretStore(),
  logger: () => new RecordingLogger(),
  oauth: () => MockOAuthServer.start(),
  dapr: () => FakeDaprSidecar.start({ components: [vault] }),
  frontend: () => FakeTemporalFrontend.start(),
  gateway: () => TemporalAuthGateway.start(gateway),
  folder: () => TestCertificateFolder.create(),
  MockOAuthServer: () => MockOAuthServer,
  FakeDaprSidecar: () => FakeDaprSidecar,
  FakeTemporalFrontend: () => FakeTemporalFrontend,
  TemporalAuthGateway: () => TemporalAuthGateway,
  LoopbackServer: () => LoopbackServer,
  ConnectProxy: () => ConnectProxy,
  kit: () => ({
    credentialSourceContract,
    secretStoreContract,
    tokenSourceContract,
    assertNoLeak,
    fakeStack,
    plantSecret,
    testCertificates,
    testClientCertificate,
    watchUnhandledRejections,
    FakeClock: (given: object) => new FakeClock(given),
    FakeTokenSource: (given: object) => new FakeTokenSource(given),
    InMemorySecretStore: (given: never) => new InMemorySecretStore(given),
    RecordingLogger: (given: never) => new RecordingLogger(given),
    SigningKey: (given: never) => new SigningKey(given),
  }),
};

const calls: readonly (readonly [
  target: string,
  method: string,
  given: readonly unknown[],
  message: string,
])[] = [
  ['clock', 'advance', ['5'], 'ms must be a number'],
  ['clock', 'stepWall', [Number.NaN], 'ms must be a finite number'],
  ['clock', 'startTimer', [5], 'callback must be a function'],
  ['clock', 'startTimer', [nothing, 5, { keepalive: true }], 'did you mean keepAlive?'],
  ['clock', 'holdWhile', [{}], 'must have the method isUnderWay'],
  ['tokens', 'getToken', [{ timeoutMs: 5 }], 'getToken has no option timeoutMs: there are rejectedToken'],
  ['tokens', 'getToken', [{ forceRefresh: 'yes' }], 'forceRefresh must be true or false'],
  ['tokens', 'failWith', ['unavailable503'], 'error must be an Error'],
  ['store', 'get', ['a', { timeoutMs: 5 }], 'get has no option timeoutMs'],
  ['store', 'get', [5], 'name must be a text'],
  ['logger', 'log', ['warn', 'a line'], 'level must be one of TRACE, DEBUG, INFO, WARN, ERROR'],
  ['logger', 'messages', ['warn'], 'did you mean WARN?'],
  ['logger', 'info', ['a line', 'more'], 'meta must be an object; received a text'],
  ['folder', 'write', [{ crt: 'a' }], 'write has no option crt: did you mean cert?'],
  ['oauth', 'injectFault', [{ status: 503 }, { endpoint: 'tokens' }], 'did you mean token?'],
  ['oauth', 'script', ['unavailable503'], 'steps must be a list; received a text'],
  ['oauth', 'addClient', [{ clientId: 'b', scope: 'x' }], 'did you mean scopes?'],
  ['oauth', 'rotateClientSecret', ['b', { keepold: true }], 'did you mean keepOld?'],
  ['oauth', 'rotateSigningKey', [{ alg: 'RS512' }], 'alg must be one of RS256, ES256'],
  ['oauth', 'mintToken', [{ lifetime: -1 }], 'did you mean lifetimeSeconds?'],
  ['dapr', 'injectFault', [{ status: 503 }, { endpoint: 'secret' }], 'did you mean secrets?'],
  ['dapr', 'goCold', ['reject'], 'how must be one of rejecting, loading; received "reject"'],
  ['dapr', 'setSecrets', ['valt', {}], 'has no component "valt": did you mean vault?'],
  ['dapr', 'breakComponent', ['vault', { status: 503 }], 'brokenWith must be a function'],
  ['frontend', 'injectFault', ['permissionDenied', null], 'must be an object; received null'],
  ['frontend', 'injectFault', [{ delayMs: 1 }, { method: 'PollWorkflowTask' }], 'PollWorkflowTask*?'],
  ['frontend', 'nextCall', ['DescribeNamespaces'], 'did you mean DescribeNamespace?'],
  ['gateway', 'injectFault', [{ delayMs: 1 }, { method: ['Poll*', 'DescribeNamespaces'] }], 'did you mean'],
  ['gateway', 'injectFault', [{ delayMs: 1 }, { token: 0 }], 'token must be a whole number, at least 1'],
  ['MockOAuthServer', 'start', [{ lifetimeSeconds: '5' }], 'lifetimeSeconds must be a number'],
  ['MockOAuthServer', 'start', [{ clientID: 'a' }], 'no option clientID: did you mean clientId?'],
  ['MockOAuthServer', 'start', [{ clients: [{ secret: 'b' }] }], 'clients[0] has no option secret'],
  ['MockOAuthServer', 'start', [{ clients: [{ tlsClientAuth: { subjectDN: 'CN=a' } }] }], 'subjectDn?'],
  ['MockOAuthServer', 'start', [{ trustedIssuers: [{ jwk: {} }] }], 'did you mean jwks?'],
  ['MockOAuthServer', 'start', [{ tls: { certificate: 'a' } }], 'did you mean cert?'],
  [
    'MockOAuthServer',
    'start',
    [{ clientSecret: { value: 's' } }],
    'clientSecret must be a text; received an',
  ],
  ['FakeDaprSidecar', 'start', [{ component: [] }], 'did you mean components?'],
  ['FakeDaprSidecar', 'start', [{ version: '1.18.4' }], 'version must be one of 1.9.6, 1.14.0, 1.18.3'],
  ['FakeDaprSidecar', 'start', [{ cold: 'reject' }], 'cold must be one of rejecting, loading'],
  ['FakeDaprSidecar', 'start', [{ components: [{ ...local, secret: {} }] }], 'did you mean secrets?'],
  [
    'FakeDaprSidecar',
    'start',
    [{ components: [{ type: 'secretstores.hashicorp.valt' }] }],
    'hashicorp.vault?',
  ],
  [
    'FakeDaprSidecar',
    'start',
    [{ components: [{ ...local, metadata: { multiValued: true } }] }],
    'be a text',
  ],
  [
    'FakeDaprSidecar',
    'start',
    [{ components: [{ ...local, metadata: { multivalued: '' } }] }],
    'multiValued?',
  ],
  ['FakeTemporalFrontend', 'start', [{ namespace: 'a' }], 'did you mean namespaces?'],
  ['FakeTemporalFrontend', 'start', [{ acceptToken: 'a' }], 'acceptToken must be a function'],
  ['LoopbackServer', 'start', [nothing, { prot: 1 }], 'did you mean port?'],
  ['ConnectProxy', 'start', [{ route: {} }], 'did you mean routes?'],
  ['kit', 'fakeStack', [{ applicationname: 'a' }], 'did you mean applicationName?'],
  ['kit', 'fakeStack', [{ oauth: { lifetime: 5 } }], 'did you mean lifetimeSeconds?'],
  ['kit', 'fakeStack', [{ gateway: {} }], 'gateway needs upstream'],
  ['kit', 'FakeClock', [{ wallMS: 1 }], 'did you mean wallMs?'],
  ['kit', 'FakeTokenSource', [{ token: 'a' }], 'did you mean tokens?'],
  ['kit', 'InMemorySecretStore', [{ a: { b: 5 } }], 'initial.a.b must be a text; received the number 5'],
  ['kit', 'RecordingLogger', [{}], 'onEntry must be a function'],
  ['kit', 'SigningKey', ['RS512'], 'alg must be one of RS256, ES256; received "RS512"'],
  ['kit', 'assertNoLeak', ['a', ['b', 5]], 'A secret to look for must be a text'],
  ['kit', 'testCertificates', ['a'], 'names must be a list'],
  ['kit', 'testClientCertificate', [{ notafter: 1 }], 'did you mean notAfter?'],
  ['kit', 'secretStoreContract', [{ shape: 'maps' }], 'did you mean map?'],
  ['kit', 'secretStoreContract', [{ canHangs: true }], 'did you mean canHang?'],
  ['kit', 'credentialSourceContract', [{ canfail: true }], 'did you mean canFail?'],
  ['kit', 'tokenSourceContract', [{ canHold: 'yes' }], 'canHold must be true or false'],
];

async function make(target: string): Promise<Untyped> {
  const made = (await targets[target]?.()) as Untyped & Partial<AsyncDisposable>;
  onTestFinished(() => made[Symbol.asyncDispose]?.());
  return made;
}

it.each(calls)('%s.%s(%j) is rejected: %s', async (target, method, given, message) => {
  const made = await make(target);
  await expect((async () => await made[method]?.(...given))()).rejects.toThrow(message);
});

describe('a fault', () => {
  it.each([
    ['oauth', 'unavailible503', 'There is no fault "unavailible503": did you mean unavailable503?'],
    ['oauth', { statusCode: 503 }, 'A fault has no option statusCode: did you mean status?'],
    ['oauth', { status: 5_030 }, 'status must be a whole number, at least 200, at most 599; received 5030'],
    ['oauth', { connection: 'hangs' }, 'connection must be one of hang, silence'],
    ['oauth', { status: undefined }, 'A fault must have one of status, headers'],
    ['dapr', 'unavailable503', 'The options of A fault must be an object; received a text'],
    ['dapr', { delayMs: -1 }, 'delayMs must be a finite number, at least 0; received -1'],
    ['frontend', 'permisionDenied', 'There is no fault "permisionDenied": did you mean permissionDenied?'],
    ['gateway', { status: 'UNAVAILIBLE' }, 'did you mean UNAVAILABLE?'],
    ['gateway', { status: 'ABORTED', httpStatus: 401 }, 'not both'],
    ['gateway', { httpStatus: 503, connection: 'hang' }, "'hang' leaves no room for a response"],
    ['gateway', { delayMs: undefined }, 'A fault must have one of status, message'],
  ])('of %s that is %j is rejected by injectFault, failWith and script', async (target, fault, message) => {
    const server = await make(target);
    expect(() => server['injectFault']?.(fault)).toThrow(message);
    expect(() => server['failWith']?.(fault)).toThrow(message);
    expect(() => server['script']?.(['proper', fault])).toThrow(message);
    server['assertDone']?.();
  });

  it('that a function chooses is reported by assertDone', async () => {
    await using server = await MockOAuthServer.start();
    server.failWith(() => 'unavailible503' as 'unavailable503');
    expect((await fetch(server.tokenUrl, { method: 'POST' })).status).toBe(500);
    expect(() => {
      server.assertDone();
    }).toThrow('not a fault: There is no fault "unavailible503": did you mean unavailable503?');
  });

  it('goes to the main endpoint when its target says undefined', async () => {
    await using server = await MockOAuthServer.start();
    server.injectFault({ status: 503 }, { endpoint: undefined as unknown as 'token' });
    expect((await fetch(server.jwksUrl)).status).toBe(200);
    expect((await fetch(server.tokenUrl, { method: 'POST' })).status).toBe(503);
  });
});

it.each([
  ['oauth', 'lifetimeSeconds', '5', 5, 'lifetimeSeconds must be a number; received a text'],
  ['dapr', 'version', '1.14', '1.14.0', 'version must be one of 1.9.6, 1.14.0, 1.18.3; received "1.14"'],
  ['dapr', 'components', [{ name: 'a', type: 'secretstores.a' }], [vault], 'Dapr has no component type'],
])('%s.%s is checked while the server runs as at its start', async (target, name, wrong, right, message) => {
  const server = await make(target);
  expect(() => Object.assign(server, { [name]: wrong })).toThrow(message);
  Object.assign(server, { [name]: right });
  expect(server[name]).toBe(right);
});

it('a component of any type is taken when it says its capabilities', async () => {
  const components = [{ name: 'own', type: 'secretstores.own', capabilities: [], secrets: { a: 'b' } }];
  await using dapr = await FakeDaprSidecar.start({ components });
  expect(await (await fetch(`${dapr.url}/v1.0/secrets/own/a`)).json()).toEqual({ a: 'b' });
});

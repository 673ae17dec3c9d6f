import { describe, expect, it, onTestFinished } from 'vitest';
import { credentialSourceContract } from '../src/contracts/contracts.ts';
import { startDaprContractSidecar } from '../src/contracts/dapr/dapr-contract-sidecar.ts';
import { daprSidecarContract } from '../src/contracts/contracts.ts';
import { secretStoreContract } from '../src/contracts/contracts.ts';
import { tokenSourceContract } from '../src/contracts/contracts.ts';
import { FakeDaprSidecar } from '../src/dapr/fake-dapr-sidecar.ts';
import { FakeClock } from '../src/fake-clock.ts';
import { FakeTokenSource } from '../src/fakes/fake-token-source.ts';
import { InMemorySecretStore } from '../src/fakes/in-memory-secret-store.ts';
import { FakeTemporalFrontend } from '../src/frontend/fake-temporal-frontend.ts';
import {
  TemporalAuthGateway,
  type TemporalAuthGatewayOptions,
} from '../src/gateway/temporal-auth-gateway.ts';
import { MockOAuthServer } from '../src/oauth/mock-oauth-server.ts';
import { ConnectProxy, type ConnectProxyOptions } from '../src/server/connect-proxy.ts';
import { LoopbackServer } from '../src/server/loopback-server.ts';
import { fakeStack } from '../src/stack/fake-stack.ts';
import { testClientCertificate } from '../src/tls/test-client-certificate.ts';

/** What a program without types, or one that spreads an object, may give. */
type Anything = (...given: readonly unknown[]) => unknown;

async function started<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const server = await starting;
  onTestFinished(() => server.stop());
  return server;
}

const jwks = { keys: [] };

describe('a fault', () => {
  const servers = {
    MockOAuthServer: () => MockOAuthServer.start(),
    FakeDaprSidecar: () => FakeDaprSidecar.start(),
    FakeTemporalFrontend: () => FakeTemporalFrontend.start(),
    TemporalAuthGateway: () =>
      TemporalAuthGateway.start({ upstream: '127.0.0.1:1', jwks: 'http://127.0.0.1:1' }),
  } satisfies Record<string, () => Promise<unknown>>;
  type Kind = keyof typeof servers;

  const wrong: readonly (readonly [kind: Kind, given: unknown, message: string])[] = [
    ['MockOAuthServer', 'unavailible503', 'There is no fault "unavailible503": did you mean unavailable503?'],
    ['MockOAuthServer', { statusCode: 503 }, 'A fault has no option statusCode: did you mean status?'],
    ['MockOAuthServer', { status: '503' }, 'status must be a number; received a text'],
    [
      'MockOAuthServer',
      { status: 5_030 },
      'status must be a whole number, at least 200, at most 599; received 5030',
    ],
    ['MockOAuthServer', { connection: 'hangs' }, 'connection must be one of hang, silence'],
    ['MockOAuthServer', {}, 'A fault must have one of status, headers'],
    ['MockOAuthServer', { status: undefined }, 'A fault must have one of status, headers'],
    ['FakeDaprSidecar', 'unavailable503', 'The options of A fault must be an object; received a text'],
    ['FakeDaprSidecar', { delay: 5 }, 'A fault has no option delay: did you mean delayMs?'],
    ['FakeDaprSidecar', { delayMs: -1 }, 'delayMs must be a finite number, at least 0; received -1'],
    [
      'FakeTemporalFrontend',
      'permisionDenied',
      'There is no fault "permisionDenied": did you mean permissionDenied?',
    ],
    ['FakeTemporalFrontend', { status: 'UNAVAILIBLE' }, 'did you mean UNAVAILABLE?'],
    ['TemporalAuthGateway', { statusCode: 503 }, 'A fault has no option statusCode: did you mean status?'],
    ['TemporalAuthGateway', 'html40l', 'There is no fault "html40l": did you mean html401?'],
    ['TemporalAuthGateway', { status: 'ABORTED', httpStatus: 401 }, 'not both'],
  ];

  it.each(wrong)(
    'of %s that is %j is rejected by injectFault, failWith and script',
    async (kind, given, message) => {
      const server = await started(servers[kind]() as Promise<MockOAuthServer>);
      const fault = given as 'unavailable503';
      expect(() => {
        server.injectFault(fault);
      }).toThrow(message);
      expect(() => {
        server.failWith(fault);
      }).toThrow(message);
      expect(() => {
        server.script(['proper', fault]);
      }).toThrow(message);
      server.assertDone();
    },
  );

  const misdirected: readonly (readonly [kind: Kind, target: unknown, message: string])[] = [
    ['MockOAuthServer', { time: 2 }, 'injectFault has no option time: did you mean times?'],
    ['MockOAuthServer', { times: '2' }, 'times must be a number; received a text'],
    ['MockOAuthServer', { endpoint: 'tokens' }, 'endpoint must be one of token, jwks'],
    ['FakeDaprSidecar', { endpoint: 'secret' }, 'did you mean secrets?'],
    ['FakeDaprSidecar', { formMs: 2 }, 'injectFault has no option formMs: did you mean forMs?'],
    ['FakeTemporalFrontend', { endpoint: 'token' }, 'injectFault has no option endpoint'],
    ['FakeTemporalFrontend', { method: 'PollWorkflowTask' }, 'did you mean PollWorkflowTask*?'],
    ['TemporalAuthGateway', { method: ['Poll*', 'DescribeNamespaces'] }, 'did you mean DescribeNamespace?'],
    ['TemporalAuthGateway', { token: 0 }, 'token must be a whole number, at least 1; received 0'],
  ];

  it.each(misdirected)('of %s at %j is rejected', async (kind, target, message) => {
    const server = await started(servers[kind]() as Promise<MockOAuthServer>);
    const faults = { status: kind === 'MockOAuthServer' || kind === 'FakeDaprSidecar' ? 503 : 'ABORTED' };
    expect(() => {
      server.injectFault(faults as { status: number }, target as object);
    }).toThrow(message);
    server.assertDone();
  });

  it('that a function chooses is told by assertDone', async () => {
    const server = await started(MockOAuthServer.start());
    server.failWith(() => 'unavailible503' as 'unavailable503');
    const response = await fetch(server.tokenUrl, { method: 'POST' });
    expect(response.status).toBe(500);
    expect(() => {
      server.assertDone();
    }).toThrow('not a fault: There is no fault "unavailible503": did you mean unavailable503?');
  });

  it('goes to the main endpoint when its target says undefined', async () => {
    const server = await started(MockOAuthServer.start());
    server.injectFault({ status: 503 }, { endpoint: undefined as unknown as 'token' });
    expect((await fetch(server.jwksUrl)).status).toBe(200);
    expect((await fetch(server.tokenUrl, { method: 'POST' })).status).toBe(503);
  });
});

describe('a place', () => {
  it.each([
    [(server: MockOAuthServer) => server.hold('tokens' as 'token'), 'did you mean token?'],
    [
      (server: MockOAuthServer) => {
        server.failWith('html200', 'tokens' as 'token');
      },
      'did you mean token?',
    ],
    [
      (server: MockOAuthServer) => {
        server.script(['html200'], 'tokens' as 'token');
      },
      'did you mean token?',
    ],
  ])('that there is not is rejected by an OAuth server: %s', async (use, message) => {
    const server = await started(MockOAuthServer.start());
    expect(() => {
      use(server);
    }).toThrow(message);
  });

  it.each([
    ['hold', (server: FakeTemporalFrontend) => server.hold('DescribeNamespaces')],
    ['nextCall', (server: FakeTemporalFrontend) => server.nextCall('DescribeNamespaces')],
    ['tokensOf', (server: FakeTemporalFrontend) => server.tokensOf('DescribeNamespaces')],
  ])('that there is not is rejected by %s of a frontend', async (_name, use) => {
    const server = await started(FakeTemporalFrontend.start());
    expect(() => {
      void use(server);
    }).toThrow('Temporal has no method "DescribeNamespaces": did you mean DescribeNamespace?');
  });
});

describe('an option', () => {
  const starts = {
    'MockOAuthServer.start': (given) => MockOAuthServer.start(given as object),
    'FakeDaprSidecar.start': (given) => FakeDaprSidecar.start(given as object),
    'TemporalAuthGateway.start': (given) => TemporalAuthGateway.start(given as TemporalAuthGatewayOptions),
    'FakeTemporalFrontend.start': (given) => FakeTemporalFrontend.start(given as object),
    'LoopbackServer.start': (given) => LoopbackServer.start(() => undefined, given as object),
    'ConnectProxy.start': (given) => ConnectProxy.start(given as ConnectProxyOptions),
    fakeStack: (given) => fakeStack(given as object),
    startDaprContractSidecar: (given) => startDaprContractSidecar(given as object),
  } satisfies Record<string, Anything>;

  const wrongStarts: readonly (readonly [name: keyof typeof starts, given: unknown, message: string])[] = [
    ['MockOAuthServer.start', { lifetimeSeconds: '5' }, 'lifetimeSeconds must be a number; received a text'],
    [
      'MockOAuthServer.start',
      { lifetime: 5 },
      'MockOAuthServer.start has no option lifetime: did you mean lifetimeSeconds?',
    ],
    [
      'MockOAuthServer.start',
      { clientID: 'a' },
      'MockOAuthServer.start has no option clientID: did you mean clientId?',
    ],
    [
      'MockOAuthServer.start',
      { clients: [{ clientId: 'a', secret: 'b' }] },
      'clients[0] has no option secret',
    ],
    [
      'MockOAuthServer.start',
      { clients: [{ clientId: 'a', tlsClientAuth: { subjectDN: 'CN=a' } }] },
      'clients[0].tlsClientAuth has no option subjectDN: did you mean subjectDn?',
    ],
    ['MockOAuthServer.start', { trustedIssuers: [{ issuer: 'a', jwk: jwks }] }, 'did you mean jwks?'],
    ['MockOAuthServer.start', { clock: {} }, 'clock must have the method wallNow'],
    ['MockOAuthServer.start', { tls: { certificate: 'a' } }, 'did you mean cert?'],
    [
      'FakeDaprSidecar.start',
      { component: [] },
      'FakeDaprSidecar.start has no option component: did you mean components?',
    ],
    [
      'FakeDaprSidecar.start',
      { components: [{ name: 'a', type: 'secretstores.local.file', metadata: { multiValued: true } }] },
      'components[0].metadata.multiValued must be a text; received a boolean',
    ],
    [
      'FakeDaprSidecar.start',
      { components: [{ name: 'a', type: 'secretstores.hashicorp.valt' }] },
      'Dapr has no component type "secretstores.hashicorp.valt": did you mean secretstores.hashicorp.vault?',
    ],
    [
      'FakeDaprSidecar.start',
      { components: [{ name: 'a', type: 'secretstores.local.file', metadata: { multivalued: 'true' } }] },
      'components[0].metadata has no multivalued: did you mean multiValued?',
    ],
    [
      'FakeDaprSidecar.start',
      { components: [{ name: 'a', type: 'secretstores.local.env', secret: {} }] },
      'did you mean secrets?',
    ],
    ['FakeDaprSidecar.start', { version: '1.18.4' }, 'version must be one of 1.9.6, 1.14.0, 1.18.3'],
    [
      'FakeDaprSidecar.start',
      { cold: 'reject' },
      'cold must be one of rejecting, loading; received "reject"',
    ],
    [
      'TemporalAuthGateway.start',
      { upstream: 'a:1', jwks, speak: 'envoy' },
      'TemporalAuthGateway.start has no option speak: did you mean speaks?',
    ],
    [
      'TemporalAuthGateway.start',
      { upstream: 'a:1', jwks, keyRefreshMs: 0 },
      'keyRefreshMs must be a finite number above 0; received 0',
    ],
    ['FakeTemporalFrontend.start', { namespace: 'a' }, 'did you mean namespaces?'],
    ['FakeTemporalFrontend.start', { acceptTokens: ['a'] }, 'did you mean acceptToken?'],
    ['FakeTemporalFrontend.start', { acceptToken: 'a' }, 'acceptToken must be a function; received a text'],
    ['LoopbackServer.start', { prot: 1 }, 'LoopbackServer.start has no option prot: did you mean port?'],
    ['ConnectProxy.start', { route: {} }, 'ConnectProxy.start has no option route: did you mean routes?'],
    [
      'fakeStack',
      { applicationname: 'a' },
      'fakeStack has no option applicationname: did you mean applicationName?',
    ],
    ['fakeStack', { frontend: 'yes' }, 'frontend must be true or false; received a text'],
    ['fakeStack', { clock: { wallNow: Date.now } }, 'clock must have the method startTimer'],
    ['fakeStack', { oauth: { lifetime: 5 } }, 'did you mean lifetimeSeconds?'],
    ['fakeStack', { gateway: {} }, 'gateway needs upstream'],
    ['startDaprContractSidecar', { versoin: '1.9.6' }, 'did you mean version?'],
  ];

  it.each(wrongStarts)('of %s that is %j is rejected', async (name, given, message) => {
    await expect(starts[name](given)).rejects.toThrow(message);
  });

  const others: readonly (readonly [name: string, use: Anything, given: unknown, message: string])[] = [
    ['FakeClock', (given) => new FakeClock(given as object), { wallMS: 1 }, 'did you mean wallMs?'],
    [
      'FakeClock',
      (given) => new FakeClock(given as object),
      { wallMs: '2026' },
      'wallMs must be a number; received a text',
    ],
    [
      'FakeTokenSource',
      (given) => new FakeTokenSource(given as object),
      { token: 'a' },
      'FakeTokenSource has no option token: did you mean tokens?',
    ],
    ['testClientCertificate', testClientCertificate as Anything, { notafter: 1 }, 'did you mean notAfter?'],
    ['testClientCertificate', testClientCertificate as Anything, { notAfter: 1 }, 'notAfter must be a Date'],
    [
      'secretStoreContract',
      secretStoreContract as Anything,
      { shape: 'maps', create: () => undefined },
      'did you mean map?',
    ],
    ['secretStoreContract', secretStoreContract as Anything, { canHangs: true }, 'did you mean canHang?'],
    [
      'credentialSourceContract',
      credentialSourceContract as Anything,
      { canfail: true },
      'did you mean canFail?',
    ],
    [
      'tokenSourceContract',
      tokenSourceContract as Anything,
      { canHold: 'yes' },
      'canHold must be true or false; received a text',
    ],
    [
      'daprSidecarContract',
      daprSidecarContract as Anything,
      { leftToDeadlines: ['silence'] },
      'did you mean silent?',
    ],
  ];

  it.each(others)('of %s that is wrong is rejected', (_name, use, given, message) => {
    expect(() => use(given)).toThrow(message);
  });

  it.each([
    [
      'addClient',
      (server: MockOAuthServer) => {
        server.addClient({ clientId: 'b', scope: 'x' } as never);
      },
      'addClient has no option scope: did you mean scopes?',
    ],
    [
      'rotateClientSecret',
      (server: MockOAuthServer) => server.rotateClientSecret('b', { keepold: true } as never),
      'rotateClientSecret has no option keepold: did you mean keepOld?',
    ],
    [
      'rotateSigningKey',
      (server: MockOAuthServer) => server.rotateSigningKey({ alg: 'RS512' } as never),
      'alg must be one of RS256, ES256',
    ],
    [
      'rotateSigningKey',
      (server: MockOAuthServer) => server.rotateSigningKey({ keepold: true } as never),
      'rotateSigningKey has no option keepold: did you mean keepOld?',
    ],
    [
      'mintToken',
      (server: MockOAuthServer) => server.mintToken({ lifetime: -1 } as never),
      'mintToken has no option lifetime: did you mean lifetimeSeconds?',
    ],
  ])('of %s that is wrong is rejected', async (_name, use, message) => {
    const server = await started(MockOAuthServer.start());
    expect(() => {
      use(server);
    }).toThrow(message);
  });

  it('that changes while a server runs is checked as at its start', async () => {
    const server = await started(MockOAuthServer.start());
    expect(() => {
      server.lifetimeSeconds = '5' as unknown as number;
    }).toThrow('lifetimeSeconds must be a number; received a text');
    server.lifetimeSeconds = 5;
    expect(server.lifetimeSeconds).toBe(5);
  });

  it('that is secret is not repeated', async () => {
    const starting = starts['MockOAuthServer.start']({ clientSecret: { value: 'hunter2' } });
    await expect(starting).rejects.toThrow(/^clientSecret must be a text; received an object$/);
  });
});

it.each([
  ['FakeTokenSource', new FakeTokenSource()],
  ['InMemorySecretStore', new InMemorySecretStore()],
])('%s fails with an error alone', (_name, fake) => {
  for (const given of ['unavailable503', undefined, {}]) {
    expect(() => {
      fake.failWith(given as Error);
    }).toThrow(/^error must be an Error/);
  }
});

describe('a component', () => {
  it('of a sidecar that runs is checked as at its start', async () => {
    const dapr = await started(FakeDaprSidecar.start());
    expect(() => {
      dapr.components = [{ name: 'vault', type: 'secretstores.vault' }];
    }).toThrow('Dapr has no component type "secretstores.vault"');
    dapr.components = [{ name: 'vault', type: 'secretstores.hashicorp.vault' }];
    expect(() => {
      dapr.setSecrets('valt', {});
    }).toThrow('The fake sidecar has no component "valt": did you mean vault?');
  });

  it('of any type is taken when it says its capabilities', async () => {
    const components = [{ name: 'own', type: 'secretstores.own', capabilities: [], secrets: { a: 'b' } }];
    const dapr = await started(FakeDaprSidecar.start({ components }));
    expect(await (await fetch(`${dapr.url}/v1.0/secrets/own/a`)).json()).toEqual({ a: 'b' });
  });
});

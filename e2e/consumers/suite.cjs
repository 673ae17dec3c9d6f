'use strict';

const { connect } = require('node:http2');

/**
 * Every contract and every fake of the kit, for the functions of any test framework. CommonJS, and without an import but of Node's own: what it
 * needs is handed in, so that each framework loads the packages in its own way.
 *
 * @param {{ kit: object, store: object, tokens: object, scheduler: object, describe: Function, it: Function }} given
 */
module.exports = function defineSuite({ kit, store, tokens, scheduler, describe, it }) {
  const {
    FakeClock,
    FakeDaprSidecar,
    FakeTemporalFrontend,
    MockOAuthServer,
    registerContract,
    TemporalAuthGateway,
  } = kit;
  const component = 'deployment-secret-store';
  const vault = { name: component, type: 'secretstores.hashicorp.vault' };
  const register = (name, cases) => registerContract(name, cases, { describe, it });

  if (process.env.BROKEN === 'true') {
    const clock = new FakeClock();
    const broken = {
      monotonicNow: () => clock.monotonicNow(),
      wallNow: () => clock.wallNow(),
      startTimer: (callback, delayMs) => {
        if (delayMs === 0) callback();
        return clock.startTimer(callback, delayMs);
      },
    };
    const cases = kit.clockContract({ create: () => ({ clock: broken, pass: (ms) => clock.advance(ms) }) });
    register('a clock that calls back within the call', cases);
    return;
  }

  register(
    'daprStore',
    kit.secretStoreContract({
      shape: 'map',
      canFail: true,
      canMend: true,
      canHang: true,
      canAnswerMalformed: true,
      canCountReads: true,
      create: async (secrets) => {
        const fake = await FakeDaprSidecar.start({ components: [{ ...vault, secrets }] });
        return {
          store: store.daprStore({ env: { DAPR_HTTP_ENDPOINT: fake.url }, requestTimeoutMs: 500 }),
          replace: (next) => fake.setSecrets(component, next),
          break: () =>
            fake.failWith(
              { status: 500, body: '{"errorCode":"ERR_SECRET_GET","message":"broken"}' },
              'secrets',
            ),
          mend: () => fake.recover(),
          hang: () => fake.failWith({ connection: 'hang' }, 'secrets'),
          answerMalformed: () => fake.failWith({ body: '<html>' }, 'secrets'),
          reads: () => fake.requestsTo('/secrets/').length,
          dispose: () => fake.stop(),
        };
      },
    }),
  );

  register(
    'discoverCredentials',
    kit.credentialSourceContract({
      create: async (credentials) => {
        const asSecrets = ({ clientId, clientSecret }) => ({
          'atlan-deployment-secrets': { app_client_id: clientId, app_client_secret: clientSecret },
        });
        const fake = await FakeDaprSidecar.start({
          components: [{ ...vault, secrets: asSecrets(credentials) }],
        });
        return {
          source: store.discoverCredentials({
            applicationName: 'app',
            env: { DAPR_HTTP_ENDPOINT: fake.url },
          }),
          replace: (next) => fake.setSecrets(component, next === undefined ? {} : asSecrets(next)),
          reads: () => fake.requestsTo('/secrets/').length,
          dispose: () => fake.stop(),
        };
      },
    }),
  );

  register(
    'TokenManager',
    kit.tokenSourceContract({
      canHold: true,
      canRecover: true,
      create: async () => {
        const clock = new FakeClock();
        const server = await MockOAuthServer.start({ clock });
        const source = new tokens.TokenManager({
          tokenUrl: server.tokenUrl,
          credentials: { clientId: server.clientId, clientSecret: server.clientSecret, source: 'the test' },
          clock,
        });
        return {
          source,
          requests: () => server.tokenRequests.length,
          expireToken: () => clock.advance(3_600_000),
          failRequests: () => server.failWith('unavailable503'),
          recoverRequests: async () => {
            server.recover();
            await clock.advance(600_000);
          },
          holdRequests: () => server.hold(),
          dispose: async () => {
            source.stop();
            await server.stop();
          },
        };
      },
    }),
  );

  register(
    'FakeClock',
    kit.clockContract({
      canStepWall: true,
      create: () => {
        const clock = new FakeClock();
        return { clock, pass: (ms) => clock.advance(ms), stepWall: (ms) => clock.stepWall(ms) };
      },
    }),
  );

  register(
    'FakeTokenSource',
    kit.tokenSourceContract({
      canHold: true,
      canRecover: true,
      create: () => {
        const source = new kit.FakeTokenSource();
        return {
          source,
          requests: () => source.requests,
          expireToken: () => source.expire(),
          failRequests: () => source.failWith(new Error('broken')),
          recoverRequests: () => source.recover(),
          holdRequests: () => source.hold(),
        };
      },
    }),
  );

  register(
    'InMemorySecretStore',
    kit.secretStoreContract({
      shape: 'map',
      canFail: true,
      canMend: true,
      canCountReads: true,
      create: (secrets) => {
        const held = new kit.InMemorySecretStore(secrets);
        let names = Object.keys(secrets);
        return {
          store: held,
          replace: (next) => {
            for (const name of names) held.delete(name);
            for (const [name, fields] of Object.entries(next)) held.set(name, fields);
            names = Object.keys(next);
          },
          break: () => held.failWith(new Error('broken')),
          mend: () => held.recover(),
          reads: () => held.reads,
        };
      },
    }),
  );

  register(
    'systemClock',
    kit.clockContract({
      hasHostTimers: true,
      create: () => ({
        clock: scheduler.systemClock,
        pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      }),
    }),
  );

  register(
    'a renew of one request',
    kit.renewContract({
      canHold: true,
      canAnswerMalformed: true,
      create: async () => {
        const clock = new FakeClock();
        const server = await MockOAuthServer.start({ clock });
        const body = new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: server.clientId,
          client_secret: server.clientSecret,
        });
        return {
          renew: async (signal) => {
            const obtainedAt = { monotonicMs: clock.monotonicNow(), wallMs: clock.wallNow() };
            const response = await fetch(server.tokenUrl, { method: 'POST', body, signal });
            const answer = await response.json();
            if (!Number.isInteger(answer.expires_in)) throw new Error('The answer has no lifetime');
            return { value: answer.access_token, obtainedAt, lifetimeMs: answer.expires_in * 1_000 };
          },
          clock,
          grant: (lifetimeMs) => {
            server.lifetimeSeconds = lifetimeMs / 1_000;
          },
          requests: () => server.tokenRequests.length,
          failRequests: () => server.failWith('unavailable503'),
          recoverRequests: () => server.recover(),
          holdRequests: () => server.hold(),
          pass: (ms) => clock.advance(ms),
          answerMalformed: () => server.failWith('html200'),
          secrets: [server.clientSecret],
          dispose: () => server.stop(),
        };
      },
    }),
  );

  let contractSidecar;
  describe('the sidecar of the Dapr contract', () => {
    it('starts', async () => {
      contractSidecar = await kit.startDaprContractSidecar();
    });
  });
  register(
    'httpSidecar',
    kit.daprSidecarContract({
      fileComponent: 'contract-file',
      environmentComponent: 'contract-env',
      asksForToken: true,
      deniedSecret: 'denied',
      requests: () => contractSidecar.setup.requests(),
      misbehave: (how) => contractSidecar.setup.misbehave(how),
      connect: ({ apiToken } = {}) =>
        store.httpSidecar({
          env: {},
          endpoint: contractSidecar.sidecar.url,
          apiToken: apiToken ?? contractSidecar.apiToken,
        }),
    }),
  );
  describe('the sidecar of the Dapr contract', () => {
    it('ends', () => contractSidecar.sidecar.stop());
  });

  describe('the fakes', () => {
    it('MockOAuthServer gives a token, and fails when it is told to', async () => {
      const oauth = await MockOAuthServer.start({ clientId: 'demo', clientSecret: 'secret' });
      try {
        const form = { grant_type: 'client_credentials', client_id: 'demo', client_secret: 'secret' };
        const ask = () => fetch(oauth.tokenUrl, { method: 'POST', body: new URLSearchParams(form) });
        oauth.injectFault('unavailable503');
        equal((await ask()).status, 503);
        equal((await (await ask()).json()).access_token, oauth.issuedTokens[0]);
      } finally {
        await oauth.stop();
      }
    });

    it('FakeDaprSidecar gives a secret, and none to whoever has no API token', async () => {
      const dapr = await FakeDaprSidecar.start({
        apiToken: 'sesame',
        components: [{ ...vault, secrets: { app: { id: 'me' } } }],
      });
      try {
        const url = `${dapr.url}/v1.0/secrets/${component}/app`;
        equal((await fetch(url)).status, 401);
        const answer = await fetch(url, { headers: { 'dapr-api-token': 'sesame' } });
        equal(JSON.stringify(await answer.json()), '{"id":"me"}');
      } finally {
        await dapr.stop();
      }
    });

    it('FakeTemporalFrontend and the gateway before it take a good token, and no other', async () => {
      const oauth = await MockOAuthServer.start();
      const frontend = await FakeTemporalFrontend.start({ jwks: oauth.jwksUrl });
      const gateway = await TemporalAuthGateway.start({ upstream: frontend.address, jwks: oauth.jwksUrl });
      try {
        for (const { address } of [frontend, gateway]) {
          equal(
            await listNamespaces(
              address,
              oauth.mintToken({ claims: { permissions: ['temporal-system:read'] } }),
            ),
            '0',
          );
          equal(await listNamespaces(address, 'stale'), '7');
        }
        equal(gateway.totals.refused, 1);
      } finally {
        await gateway.stop();
        await frontend.stop();
        await oauth.stop();
      }
    });

    it('FakeTokenSource, InMemorySecretStore and RecordingLogger stand in for the real ones', async () => {
      const source = new kit.FakeTokenSource();
      const first = await source.getToken();
      equal((await source.getToken({ rejectedToken: first })) !== first, true);
      const secrets = new kit.InMemorySecretStore({ app: { id: 'me' } });
      equal((await secrets.get('app')).id, 'me');
      equal(await secrets.get('other'), undefined);
      const logger = new kit.RecordingLogger();
      logger.warn('away');
      equal(logger.text(), 'WARN away');
    });

    it('fakeStack starts all of them, and goes through an hour in one step of the clock', async () => {
      const clock = new FakeClock();
      const logger = new kit.RecordingLogger();
      const stack = await kit.fakeStack({ clock, oauth: { lifetimeSeconds: 300 } });
      const { applicationName, env, oauth } = stack;
      const credentials = store.discoverCredentials({ applicationName, env, clock });
      const source = new tokens.TokenManager({ credentials, tokenUrl: oauth.tokenUrl, clock });
      source.on('refreshFailed', ({ error }) => logger.error(error.message));
      source.start();
      await clock.advance(3_600_000);
      const [token, issued] = [source.peek(), oauth.issuedTokens];
      await source.stop();
      await stack.stop();
      if (logger.entries.length > 0) throw new Error(logger.text());
      if (token === undefined || token !== issued.at(-1)) throw new Error('The newest token is not held');
      if (issued.length < 13) throw new Error(`${issued.length} tokens in an hour`);
    });

    it('assertNoLeak notices a secret, and nothing where there is none', () => {
      const secret = kit.plantSecret();
      kit.assertNoLeak(new Error('nothing'), secret);
      let leak;
      try {
        kit.assertNoLeak(new Error(secret), secret);
      } catch (error) {
        leak = error;
      }
      equal(leak?.name, 'AssertionError');
    });
  });
};

function equal(actual, expected) {
  if (actual !== expected) throw new Error(`${String(actual)} in place of ${String(expected)}`);
}

/** The gRPC status of a call with no message, by HTTP/2 as it is. */
function listNamespaces(address, token) {
  return new Promise((resolve, reject) => {
    const session = connect(`http://${address}`);
    session.once('error', reject);
    const call = session.request({
      ':method': 'POST',
      ':path': '/temporal.api.workflowservice.v1.WorkflowService/ListNamespaces',
      'content-type': 'application/grpc',
      te: 'trailers',
      authorization: `Bearer ${token}`,
    });
    let status;
    const look = (fields) => (status = fields['grpc-status']?.toString() ?? status);
    call.once('response', look).once('trailers', look).once('error', reject);
    call.once('close', () => {
      session.close();
      resolve(status);
    });
    call.resume().end(Buffer.alloc(5));
  });
}

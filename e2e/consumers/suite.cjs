'use strict';

/**
 * Every contract and every fake of the kit, for the functions of any test framework. CommonJS, and without an import: what it needs
 * is handed in, so that each framework loads the packages in its own way.
 *
 * @param {{ kit: object, store: object, tokens: object, scheduler: object, describe: Function, it: Function }} given
 */
module.exports = function defineSuite({ kit, store, tokens, scheduler, describe, it }) {
  const { FakeClock, FakeDaprSidecar, MockOAuthServer, registerContract } = kit;
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

  describe('the fakes', () => {
    it('of all servers, through an hour in one step of the clock', async () => {
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

    it('of a token that stands nowhere', async () => {
      const secret = kit.plantSecret();
      kit.assertNoLeak(new Error('nothing'), secret);
      let leak;
      try {
        kit.assertNoLeak(new Error(secret), secret);
      } catch (error) {
        leak = error;
      }
      if (leak === undefined) throw new Error('A leak was not noticed');
    });
  });
};

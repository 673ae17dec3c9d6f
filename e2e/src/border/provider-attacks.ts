/** Attacks from the provider's place of several steps. */
import { testCertificates, testClientCertificate } from '@worker-auth/testing-fakes';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { currentToken, demand, hear, reject } from './demands.ts';
import { elsewhere, hearEach, recovered } from './hear-each.ts';
import { documents, endlessBodies, granted, type ProviderAnswers } from './provider-answers.ts';
import { type ProviderAnswer, type RawProvider, response } from './raw-provider.ts';
import { ok } from './raw-temporal.ts';
import type { Scene } from './scene.ts';
import { unless } from './trial.ts';

export function redirects(scene: Scene, { url }: RawProvider): ProviderAnswers {
  const places = [url, url.replace('http:', 'https:'), 'file:///etc/passwd', `${scene.provider.url}?again`];
  const moves = ['307 Temporary Redirect', '308 Permanent Redirect', '302 Found', '303 See Other'];
  return Object.fromEntries(
    places.flatMap((place) =>
      moves.map((status) => [
        `${status} to ${place}`,
        (socket) =>
          socket.write(
            response('', status, [
              `location: ${place}`,
              `refresh: 0; url=${place}`,
              `alt-svc: h2="${place}"`,
            ]),
          ),
      ]),
    ),
  );
}

/** Each form of a text in which a server repeats what it got. */
const forms: readonly ((secret: string) => string)[] = [
  (secret) => `wrong: ${secret}`,
  (secret) => Buffer.from(`id:${secret}`).toString('base64'),
  (secret) => Array.from(secret, (each) => `%${each.charCodeAt(0).toString(16)}`).join(''),
  (secret) => Array.from(secret, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  (secret) => `\u001b]0;${secret}\u0007\u001b[2J\r\nERROR forged line`,
  (secret) => Array.from(secret).join('\u200b'),
];

/** The secret and the token in each field of an error. */
export async function repeating(scene: Scene, count = Infinity): Promise<readonly string[]> {
  const token = await currentToken(scene);
  const { clientSecret } = scene.stack.oauth;
  const answers = forms.flatMap((form, index) =>
    Object.entries({ secret: clientSecret, token }).map(([what, secret]): [string, ProviderAnswer] => {
      const text = form(secret);
      const shown = text.replaceAll(/[^ -~]/g, '');
      const headers = [`www-authenticate: Basic realm="${shown}"`, `ratelimit-policy: ${shown}`];
      const body = JSON.stringify({ error: text, error_description: text });
      return [`${what} in form ${index}`, (socket) => socket.write(response(body, `400 ${shown}`, headers))];
    }),
  );
  const wrong = await hearEach(scene, Object.fromEntries(answers.slice(0, count)), 2);
  await hear(scene, '/readyz');
  return wrong;
}

/** Rejects the client for a while, as one that is not known. */
export async function rejectClient(scene: Scene): Promise<readonly string[]> {
  const { provider } = scene;
  provider.answer = (socket) => socket.write(response('{"error":"invalid_client"}', '401 Unauthorized'));
  const { asked } = provider;
  const until = performance.now() + 5_000;
  while (performance.now() < until) await demand(scene);
  const requests = provider.asked - asked;
  return [...unless(requests <= 8, `${requests} requests in 5 s`), ...(await recovered(scene))];
}

/** Tokens of so many seconds, as large as they may be, each another one; Temporal repeats them. */
export async function shortLived(scene: Scene, lives: readonly number[]): Promise<readonly string[]> {
  const { provider, temporal } = scene;
  const wrong: string[] = [];
  temporal.answers.set('repeats', ({ headers: { authorization = '' }, answer }) =>
    answer(ok, [
      ['grpc-status', '3'],
      ['grpc-message', authorization.slice(-200)],
    ]),
  );
  for (const life of lives) {
    const { asked } = provider;
    provider.answer = (socket, request) => {
      const token = `${provider.asked}`.padEnd(16_000, 'x');
      return granted({ access_token: token, token_type: 'Bearer', expires_in: life })(socket, request);
    };
    await demand(scene);
    const until = performance.now() + 3_000;
    while (performance.now() < until) {
      await scene.ask('DescribeNamespace', { headers: [['x-answer', 'repeats']], timeoutMs: 1_000 });
      await sleep(20);
    }
    const requests = provider.asked - asked;
    wrong.push(...unless(requests <= 40, `${requests} requests in 3 s for tokens of ${life} s`));
  }
  return [...wrong, ...(await recovered(scene))];
}

/** Asks the agent to stay away for years: it does so for a while, in seconds at most. */
export async function stayAway(
  scene: Scene,
  status: string,
  mostSeconds: number,
): Promise<readonly string[]> {
  const { provider } = scene;
  provider.answer = (socket) => socket.write(response('', status, ['retry-after: 99999999999']));
  const { retryAfter } = await demand(scene);
  const { asked } = provider;
  await sleep(2_000);
  return [
    ...unless(retryAfter <= mostSeconds, `it stays away for ${retryAfter} s`),
    ...unless(provider.asked === asked, 'it does not stay away'),
  ];
}

/** Others present a certificate in the provider's place. */
export async function impostors(scene: Scene): Promise<readonly string[]> {
  const { provider } = scene;
  const certificates = {
    'another name': testClientCertificate({ sanDns: 'idp.example' }),
    'its own authority': testClientCertificate({ sanIp: '127.0.0.1', selfSigned: true }),
    'last year': testClientCertificate({ sanIp: '127.0.0.1', notAfter: new Date(Date.now() - 86_400_000) }),
  };
  const { asked } = provider;
  for (const certificate of Object.values(certificates)) {
    provider.cut();
    provider.present(certificate);
    const { doubted } = provider;
    while (provider.doubted === doubted && scene.isAlive) await reject(scene);
  }
  const requests = provider.asked - asked;
  provider.present(testCertificates());
  return [...unless(requests === 0, `${requests} requests went to an impostor`), ...(await recovered(scene))];
}

/** Documents of an issuer that name another place, or are none. */
export async function discovery(scene: Scene): Promise<readonly string[]> {
  const { origin } = scene.provider;
  const found = (issuer: string, endpoint: string): ProviderAnswer =>
    granted({
      issuer,
      token_endpoint: endpoint,
      token_endpoint_auth_methods_supported: ['client_secret_post'],
    });
  let read = 0;
  const answersFor = (other: RawProvider): ProviderAnswers =>
    Object.fromEntries(
      Object.entries({
        // The agent reads the document again after a failure.
        'no document yet': undefined,
        'of another issuer': found(other.origin, other.url),
        'in plain text elsewhere': found(origin, 'http://idp.example/token'),
        'a file': found(origin, 'file:///etc/passwd'),
        'with a login': found(origin, other.url.replace('//', '//user:password@')),
        'without an end': endlessBodies['chunks'],
        'a redirect': (socket: Socket) => socket.write(response('', '307 Moved', [`location: ${other.url}`])),
        deep: documents['deep lists'],
      }).map(([name, document]): [string, ProviderAnswer] => [
        name,
        (socket, request) => {
          if (!request.startsWith('GET')) return socket.destroy();
          read++;
          return document?.(socket, request);
        },
      ]),
    );
  const wrong = await elsewhere(scene, answersFor, Infinity);
  return [...wrong, ...unless(read >= 7, `the agent read ${read} documents`)];
}

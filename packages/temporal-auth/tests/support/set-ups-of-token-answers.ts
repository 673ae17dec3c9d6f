import type { DiagnoseOptions } from '../../src/doctor/diagnosis.ts';
import type { DiagnosisScene } from './diagnosis.ts';
import { answering, setUp, type SetUp, variables } from './set-up.ts';

const page = '<!doctype html><title>Access denied</title>';
const invalid = ['token-request', 'TOKEN_RESPONSE_INVALID'] as const;
const unusable = [
  /^The token endpoint \S+ answered 200 without a usable token/,
  /^Check that the URL is a token endpoint/,
] as const;
const away = ['token-request', 'TOKEN_ENDPOINT_UNAVAILABLE'] as const;
const isPage = /^It is an HTML page: check what answers in place of the token endpoint/;

/** A web server that answers so in place of the token endpoint. */
function answer(
  title: string,
  found: SetUp['found'],
  lines: readonly [RegExp, RegExp],
  [status, body, headers = {}]: readonly [number, string, Record<string, string>?],
  shows = new RegExp(`^status ${status}, `),
): SetUp {
  const make = async (_scene: DiagnosisScene, started: AsyncDisposableStack): Promise<DiagnoseOptions> => {
    const origin = await answering(started, (response) => response.writeHead(status, headers).end(body));
    return variables({ ATLAN_WORKFLOW_AUTH_URL: `${origin}/token` });
  };
  return setUp(title, found, lines, make, { evidence: shows });
}

/** What is wrong with the answer of the token endpoint. */
export const setUpsOfTokenAnswers: readonly SetUp[] = [
  answer(
    "a firewall's 403 is a page of HTML",
    invalid,
    [/answered 403\.$/, isPage],
    [...([403, page, { 'content-type': 'text/html' }] as const)],
  ),
  answer('a login page answers 200', invalid, unusable, [200, page]),
  answer('a proxy answers 401 with a page', invalid, [/answered 401\.$/, isPage], [401, page]),
  answer(
    'the path is wrong',
    invalid,
    [/answered 404\.$/, /^There is no token endpoint at this path: .*openid-configuration/],
    [404, '{"error":"Realm does not exist"}'],
  ),
  answer(
    'the path takes no POST',
    invalid,
    [/answered 405\.$/, /^There is no token endpoint at this path/],
    [405, '{}'],
  ),
  answer(
    'the token endpoint asks for fewer requests',
    ['token-request', 'TOKEN_REQUEST_THROTTLED'],
    [/answered 429 \(.*retry-after: 7\)\.$/, /^Have the limit of this client raised, or share/],
    [429, 'Too Many Requests', { 'retry-after': '7' }],
  ),
  answer(
    'the token endpoint is unavailable',
    away,
    [/answered 503\.$/, /^Check the OAuth server's status/],
    [503, 'upstream connect error'],
  ),
  answer(
    'a gateway says 502',
    away,
    [/answered 502\.$/, /gateway before it\.$/],
    [502, '<html>Bad Gateway</html>'],
  ),
  answer('the network wants a login', away, [/answered 511\.$/, /gateway before it\.$/], [511, page]),
  answer(
    'the token endpoint redirects',
    ['token-request', 'TOKEN_REQUEST_REDIRECTED'],
    [/answered with the redirect 302, which is not followed/, /^Configure the final URL\.$/],
    [302, '', { location: 'https://login.example/start?secret=1' }],
    /^location https:\/\/login\.example\/start$/m,
  ),
  answer(
    'the answer is no JSON',
    invalid,
    [
      /^The token endpoint \S+ answered 200 without a usable token: not a JSON object\.$/,
      /^Check that the URL is a token/,
    ],
    [200, 'hello'],
  ),
  answer(
    'the tokens are bound to DPoP',
    invalid,
    [/token_type must be Bearer/, /^Only if you know/],
    [200, '{"access_token":"a.b.c","token_type":"DPoP"}', { 'content-type': 'application/json' }],
  ),
  setUp(
    'the answer is cut off',
    invalid,
    unusable,
    ({ stack }) => {
      stack.oauth.failWith('truncatedJson');
    },
    { evidence: /^status 200, .*: JSON$/ },
  ),
  setUp(
    'the answer is a form, with the token in it',
    invalid,
    unusable,
    ({ stack }) => {
      stack.oauth.failWith({
        headers: { 'content-type': 'text/plain' },
        body: ({ body }) => {
          const { access_token: token } = JSON.parse(body) as { readonly access_token: string };
          return `access_token=${token}&token_type=bearer`;
        },
      });
    },
    { evidence: /^status 200, text\/plain: access_token=(?:…\.?)+&token_type=bearer$/ },
  ),
  setUp(
    'the token endpoint never answers',
    ['token-request', 'TOKEN_REQUEST_TIMED_OUT'],
    [
      /^No whole response from http:\/\/127\.0\.0\.1:\d+\/token within 5000 ms\.$/,
      /^Check that the server is reachable/,
    ],
    ({ stack }) => {
      stack.oauth.failWith('neverAnswers');
    },
    { isLate: true },
  ),
  setUp(
    'the token endpoint breaks off',
    ['token-request', 'TOKEN_ENDPOINT_UNREACHABLE'],
    [/^No response from .*: the connection failed/, /^Check the URL, DNS, TLS/],
    ({ stack }) => {
      stack.oauth.failWith('connectionReset');
    },
  ),
];

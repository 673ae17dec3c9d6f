/** What holds when a check succeeds; the checks without which it says nothing; those whose failure explains its own. */
type Rule = readonly [says: string, needs?: readonly string[], by?: readonly string[]];

const settings = ['authentication', 'application', 'credentials'];

const asking = [...settings, 'endpoint-address', 'endpoint-tcp'];

/** The categories of a diagnosis and their checks, in order. */
export const catalogue = named({
  configuration: {
    application: ['the application has a name, or needs none'],
    authentication: ['authentication is switched on or off on purpose'],
    'token-endpoint-setting': ['the token endpoint is set', ['authentication']],
    'secret-store-setting': [
      'the secret store is set',
      ['authentication', 'application', 'token-endpoint-setting'],
    ],
    'temporal-setting': ["Temporal's address and namespace are set"],
    'trusted-certificates': ['the trusted certificates can be read'],
    platform: ["Temporal's native module runs on this platform"],
    program: ['what the program sets is known'],
  },
  'secret store': {
    sidecar: ['the Dapr sidecar answers', ['secret-store-setting']],
    component: ['the sidecar has the secret store component', ['sidecar']],
    secret: ['the component gives the secret', ['component']],
    credentials: [
      'there are client credentials',
      ['secret-store-setting'],
      ['sidecar', 'component', 'secret'],
    ],
  },
  'token endpoint': {
    'endpoint-address': ['the token endpoint has an address', ['token-endpoint-setting'], ['credentials']],
    'endpoint-tcp': ['the token endpoint accepts connections', ['endpoint-address']],
    'endpoint-tls': ["the token endpoint's certificate is good", ['endpoint-tcp'], ['trusted-certificates']],
    'token-clock': ["this host's clock agrees with the authorization server's", asking],
    'endpoint-status': ['the token endpoint answers', asking, ['endpoint-tls', 'token-clock']],
  },
  token: {
    agent: ['the agent has a token that is new enough'],
    'token-request': [
      'the credentials bring a token',
      ['agent', ...asking],
      ['token-clock', 'endpoint-status'],
    ],
    'token-type': ["the token is of a kind that Temporal's authorizer reads", ['token-request']],
    'token-life': ['the token lives long enough', ['token-request']],
    'token-permission': ["Temporal's claim mapper can use the token", ['token-request', 'temporal-setting']],
  },
  Temporal: {
    'temporal-tcp': ['Temporal accepts connections', ['temporal-setting']],
    'temporal-tls': ['TLS to Temporal is as it should be', [], ['temporal-tcp', 'trusted-certificates']],
    'temporal-system-info': ['Temporal answers', ['temporal-tcp', 'temporal-tls']],
    'temporal-namespace': ['Temporal answers in the namespace', ['temporal-system-info'], ['token-request']],
    'temporal-write': ['the token may poll for tasks in the namespace', ['temporal-namespace']],
    'temporal-native': ['the native connection of workers reaches Temporal', ['temporal-write']],
    'temporal-earlier-token': [
      'Temporal accepts a token after the next one was issued',
      ['token-request', 'temporal-namespace'],
    ],
    'temporal-version': ['Temporal is new enough', ['temporal-namespace']],
    'temporal-frontends': ['each connection is answered alike', ['temporal-namespace']],
    'temporal-pollers': ['workers poll the task queue', ['temporal-namespace']],
    'temporal-polls': ['Temporal allows the polls of all workers', ['temporal-setting']],
  },
});

/** A group of checks, as `linkerd check` has them. */
export type CategoryName = keyof typeof catalogue;

/** The name of a check: stable. */
export type CheckName = keyof (typeof catalogue)[CategoryName];

export const wayToSecret: readonly CheckName[] = ['sidecar', 'component', 'secret'];

export const entries = Object.entries(catalogue).flatMap(([category, checks]) =>
  Object.entries<Rule>(checks).map(([name, [says, needs = [], by = []]]) => ({
    categoryName: category as CategoryName,
    name: name as CheckName,
    says,
    needs: needs as readonly CheckName[],
    by: by as readonly CheckName[],
  })),
);

/** What only matters while tokens are requested with credentials. */
export const checksOfCredentials: readonly CheckName[] = [
  ...(['token-endpoint-setting', 'secret-store-setting'] as const),
  ...namesIn(['secret store', 'token endpoint']),
];

/** What only matters while authentication is on. */
export const checksOfTokens: readonly CheckName[] = [
  ...checksOfCredentials,
  ...namesIn(['token']),
  'temporal-earlier-token',
];

type Catalogue<C extends string, N extends string> = Readonly<Record<C, { readonly [K in N]?: Rule }>>;

/** Keeps the names alone as types, so that declarations hold nothing else of the rules. */
function named<C extends string, N extends string>(all: Catalogue<C, N>): Catalogue<C, N> {
  return all;
}

function namesIn(categories: readonly CategoryName[]): readonly CheckName[] {
  return entries.filter(({ categoryName }) => categories.includes(categoryName)).map(({ name }) => name);
}

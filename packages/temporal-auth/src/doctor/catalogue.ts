/** What holds when a check succeeds; the checks without which it says nothing; those whose failure explains its own. */
type Rule = readonly [says: string, needs?: readonly string[], by?: readonly string[]];

const settings = ['authentication', 'application', 'credentials'];

const asking = [...settings, 'endpoint-address'];

/** The categories of a diagnosis and their checks, in order. */
export const catalogue = named({
  configuration: {
    application: ['the application has a name, or needs none'],
    authentication: ['authentication is switched on or off on purpose'],
    'credentials-setting': ['it is set where credentials and tokens come from', ['authentication']],
    'temporal-setting': ["Temporal's address and namespace are set"],
    'trusted-certificates': ['the trusted certificates can be read'],
    platform: ["Temporal's native module runs on this platform"],
    program: ['what the program sets is known'],
    variables: ['no variable is misspelled'],
  },
  'secret store': {
    secret: ['the Dapr sidecar gives the secret', ['application', 'credentials-setting']],
    credentials: ['there are client credentials', ['application', 'credentials-setting'], ['secret']],
  },
  'token endpoint': {
    'endpoint-address': ['the token endpoint has an address', [], ['credentials-setting', 'credentials']],
    'endpoint-connection': ['the token endpoint is reached', ['endpoint-address']],
    'token-clock': ["this host's clock agrees with the authorization server's", asking],
  },
  token: {
    agent: ['the agent has a token that is new enough'],
    'token-request': [
      'the credentials bring a token',
      ['agent', ...asking],
      ['token-clock', 'endpoint-connection'],
    ],
    'token-type': ["the token is of a kind that Temporal's authorizer reads", ['token-request']],
    'token-life': ['the token lives long enough', ['token-request']],
    'token-permission': ["Temporal's claim mapper can use the token", ['token-request', 'temporal-setting']],
  },
  Temporal: {
    'temporal-connection': ['Temporal is reached', ['temporal-setting']],
    'temporal-namespace': ['Temporal answers in the namespace', ['temporal-connection']],
    'temporal-write': ['the token may poll for tasks in the namespace', ['temporal-namespace']],
    'temporal-authentication': ['Temporal accepts no call without a token', ['temporal-write']],
    'temporal-native': ['the native connection of workers reaches Temporal', ['temporal-write']],
    'temporal-earlier-token': [
      'Temporal accepts a token after the next one was issued',
      ['token-request', 'temporal-namespace'],
    ],
    'temporal-frontends': ['each frontend of Temporal answers alike', ['temporal-namespace']],
    'temporal-pollers': ['workers poll the task queue', ['temporal-namespace']],
    'temporal-polls': ['Temporal allows the polls of all workers', ['temporal-setting']],
  },
});

/** A group of checks, as `linkerd check` has them. */
export type CategoryName = keyof typeof catalogue;

/** The name of a check: stable. */
export type CheckName = keyof (typeof catalogue)[CategoryName];

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
  'credentials-setting',
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

/** The categories of a diagnosis and their checks, in order; each check with the statement that it is about. */
export const catalogue = {
  configuration: {
    application: 'the application has a name',
    authentication: 'authentication is switched on or off on purpose',
    'token-endpoint-setting': 'the token endpoint is set',
    'secret-store-setting': 'the secret store is set',
    'temporal-setting': "Temporal's address and namespace are set",
    'trusted-certificates': 'the trusted certificates can be read',
    platform: "Temporal's native module runs on this platform",
  },
  'secret store': {
    sidecar: 'the Dapr sidecar answers',
    component: 'the sidecar has the secret store component',
    secret: 'the component gives the secret',
    credentials: 'there are client credentials',
  },
  'token endpoint': {
    'endpoint-address': 'the address of the token endpoint is known',
    'endpoint-proxy': 'the way to the token endpoint is open',
    'endpoint-dns': "the token endpoint's name has an address",
    'endpoint-tcp': 'the token endpoint accepts connections',
    'endpoint-tls': "the token endpoint's certificate is good",
    'token-clock': "this host's clock agrees with the authorization server's",
    'endpoint-status': 'the token endpoint answers',
  },
  token: {
    'token-request': 'the credentials bring a token',
    'token-type': "the token is of a kind that Temporal's authorizer reads",
    'token-life': 'the token lives long enough',
    'token-claims': 'the claims of the token can be read',
    'token-permission': "the token says what Temporal's claim mapper needs",
  },
  Temporal: {
    'temporal-dns': "Temporal's name has an address",
    'temporal-tcp': 'Temporal accepts connections',
    'temporal-tls': 'TLS to Temporal is as it should be',
    'temporal-system-info': 'Temporal answers',
    'temporal-namespace': 'Temporal describes the namespace',
    'temporal-write': 'the token may poll for tasks in the namespace',
    'temporal-native': 'the native connection of workers reaches Temporal',
    'temporal-version': 'Temporal is new enough',
    'temporal-polls': 'Temporal allows the polls of all workers',
  },
} as const;

/** A group of checks, as `linkerd check` has them. */
export type CategoryName = keyof typeof catalogue;

/** The name of a check: stable, and a heading of the runbook. */
export type CheckName = { [C in CategoryName]: keyof (typeof catalogue)[C] }[CategoryName];

/** What a check is about. */
export interface CatalogueEntry {
  readonly categoryName: CategoryName;
  readonly name: CheckName;
  /** Holds when the check succeeds. */
  readonly statement: string;
}

/** All checks, in order. */
export const entries: readonly CatalogueEntry[] = Object.entries(catalogue).flatMap(
  ([categoryName, checks]) =>
    Object.entries(checks).map(([name, statement]) => ({
      categoryName: categoryName as CategoryName,
      name: name as CheckName,
      statement,
    })),
);

/** What only matters while tokens are got with credentials. */
export const checksOfCredentials: readonly CheckName[] = [
  ...(['token-endpoint-setting', 'secret-store-setting'] as const),
  ...namesIn(['secret store', 'token endpoint']),
];

/** What only matters while authentication is on. */
export const checksOfTokens: readonly CheckName[] = [...checksOfCredentials, ...namesIn(['token'])];

function namesIn(categories: readonly CategoryName[]): readonly CheckName[] {
  return entries.filter(({ categoryName }) => categories.includes(categoryName)).map(({ name }) => name);
}

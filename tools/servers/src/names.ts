import { UsageError } from './usage-error.ts';

/** What an application's credentials are found by. */
export interface Names {
  /** Whose they are: `postgres-extraction` has the key `postgres_extraction_client_id`, and so on. */
  readonly applicationName: string;
  /** The Dapr secret store component. */
  readonly componentName: string;
  /** The secret in it. */
  readonly secretName: string;
}

/** The options that `npm start` and `npm run servers -- up` have in common, as `parseArgs` takes them. */
export const nameOptions = {
  application: { type: 'string' },
  component: { type: 'string' },
  secret: { type: 'string' },
} as const;

/** Where nobody says otherwise. */
export const defaultNames: Names = {
  applicationName: 'postgres-extraction',
  componentName: 'vault',
  secretName: 'worker-credentials',
};

/** What `--help` says of {@link nameOptions}. */
export const nameHelp = `  --application NAME  whose credentials; default WORKER_AUTH_APPLICATION, else ${defaultNames.applicationName}
  --component NAME    the Dapr secret store; default WORKER_AUTH_SECRET_COMPONENT, else ${defaultNames.componentName}
  --secret NAME       the secret in it; default WORKER_AUTH_SECRET_NAME, else ${defaultNames.secretName}`;

type Values = { readonly [Option in keyof typeof nameOptions]?: string | undefined };
type Environment = Readonly<Record<string, string | undefined>>;

/** Where each name may come from, and what it may be: it stands in a path, in YAML and in lines for a shell. */
const rules = {
  application: {
    variables: ['WORKER_AUTH_APPLICATION', 'ATLAN_APPLICATION_NAME'],
    shape: /^[\w.-]+$/,
    signs: '. _ -',
  },
  component: {
    variables: ['WORKER_AUTH_SECRET_COMPONENT', 'ATLAN_DEPLOYMENT_SECRET_COMPONENT'],
    shape: /^[\w.-]+$/,
    signs: '. _ -',
  },
  secret: {
    variables: ['WORKER_AUTH_SECRET_NAME', 'ATLAN_DEPLOYMENT_SECRET_NAME', 'ATLAN_DEPLOYMENT_SECRET_PATH'],
    shape: /^[\w./-]+$/,
    signs: '. _ - /',
  },
} as const;

/**
 * The names of the options, else of the environment, else {@link defaultNames}.
 *
 * @throws UsageError for a name that has other characters than letters, digits and a few signs
 */
export function readNames(values: Values, env: Environment): Names {
  const read = (option: keyof Values, otherwise: string): string => {
    const { variables, shape, signs } = rules[option];
    const places: readonly (readonly [from: string, name: string | undefined])[] = [
      [`--${option}`, values[option]],
      ...variables.map((variable) => [variable, env[variable] || undefined] as const),
    ];
    for (const [from, name] of places) {
      if (name === undefined) continue;
      if (shape.test(name)) return name;
      throw new UsageError(`${from} takes letters, digits and ${signs} alone, not ${JSON.stringify(name)}`);
    }
    return otherwise;
  };
  return {
    applicationName: read('application', defaultNames.applicationName),
    componentName: read('component', defaultNames.componentName),
    secretName: read('secret', defaultNames.secretName),
  };
}

/** The variables by which a worker knows the names. */
export function nameVariables({ applicationName, componentName, secretName }: Names): Record<string, string> {
  return {
    WORKER_AUTH_APPLICATION: applicationName,
    WORKER_AUTH_SECRET_COMPONENT: componentName,
    WORKER_AUTH_SECRET_NAME: secretName,
  };
}

/** Lines for a shell that set variables. */
export function exportLines(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${value}`)
    .join('\n');
}

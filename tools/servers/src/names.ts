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

/** Where nobody says otherwise; component and secret as the packages have them. */
export const defaultNames: Names = {
  applicationName: 'postgres-extraction',
  componentName: 'deployment-secret-store',
  secretName: 'atlan-deployment-secrets',
};

/** What `--help` says of {@link nameOptions}. */
export const nameHelp = `  --application NAME  whose credentials
  --component NAME    the Dapr secret store
  --secret NAME       the secret in it`;

type Values = { readonly [Option in keyof typeof nameOptions]?: string | undefined };
type Environment = Readonly<Record<string, string | undefined>>;

/** Where each name may come from, and what it may be: it stands in a path, in YAML and in lines for a shell. */
const rules = {
  application: { variables: ['ATLAN_APPLICATION_NAME'], shape: /^[\w.-]+$/, signs: '. _ -' },
  component: { variables: ['ATLAN_DEPLOYMENT_SECRET_COMPONENT'], shape: /^[\w.-]+$/, signs: '. _ -' },
  secret: {
    variables: ['ATLAN_DEPLOYMENT_SECRET_NAME', 'ATLAN_DEPLOYMENT_SECRET_PATH'],
    shape: /^[\w./-]+$/,
    signs: '. _ - /',
  },
} as const;

/**
 * The names of the options, else of the environment, else the defaults.
 *
 * @param defaults default {@link defaultNames}
 * @throws UsageError for a name that has other characters than letters, digits and a few signs
 */
export function readNames(values: Values, env: Environment, defaults: Names = defaultNames): Names {
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
    applicationName: read('application', defaults.applicationName),
    componentName: read('component', defaults.componentName),
    secretName: read('secret', defaults.secretName),
  };
}

/** The variables by which a worker knows the names. */
export function nameVariables({ applicationName, componentName, secretName }: Names): Record<string, string> {
  return {
    ATLAN_APPLICATION_NAME: applicationName,
    ATLAN_DEPLOYMENT_SECRET_COMPONENT: componentName,
    ATLAN_DEPLOYMENT_SECRET_NAME: secretName,
  };
}

/** Lines for a shell that set variables. */
export function exportLines(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${value}`)
    .join('\n');
}

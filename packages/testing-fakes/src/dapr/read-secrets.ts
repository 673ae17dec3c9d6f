import { badKeyVaultName, missingText } from './back-end-errors.ts';
import { type DaprVersion, type FakeDaprComponent, type FakeSecret, holdsMaps } from './component.ts';
import { secretsOfFile } from './local-file.ts';

export type SecretFields = Readonly<Record<string, string>>;

export type ComponentResponse<T> = { readonly value: T } | { readonly error: string };

const keyVaultName = /^[0-9a-zA-Z-]{1,127}$/;
/** What 1.18 hands out of no environment. */
const ownVariable = /^(DAPR_.*|APP_API_TOKEN)$/i;

/** Reads a secret in the shape, and with the error text, of the real component. */
export function readSecret(
  component: FakeDaprComponent,
  name: string,
  version: DaprVersion,
): ComponentResponse<SecretFields> {
  const failure = failureOf(component, name);
  if (failure !== undefined) return { error: failure };
  if (component.type === 'secretstores.local.env') {
    return { value: { [name]: variablesOf(component, version).get(name) ?? '' } };
  }
  if (component.type === 'secretstores.azure.keyvault' && !keyVaultName.test(name)) {
    return { error: badKeyVaultName(name) };
  }
  const value = secretsOf(component, version).get(name);
  return value === undefined ? { error: missingText(component.type, name) } : { value };
}

/** Reads all of a component's secrets, by name. */
export function readAllSecrets(
  component: FakeDaprComponent,
  version: DaprVersion,
): ComponentResponse<ReadonlyMap<string, SecretFields>> {
  const failure = failureOf(component, '');
  if (failure !== undefined) return { error: failure };
  return { value: secretsOf(component, version) };
}

function failureOf({ brokenWith }: FakeDaprComponent, name: string): string | undefined {
  return typeof brokenWith === 'function' ? brokenWith(name) : brokenWith;
}

function secretsOf(component: FakeDaprComponent, version: DaprVersion): ReadonlyMap<string, SecretFields> {
  if (component.type === 'secretstores.local.file') return secretsOfFile(component);
  const values =
    component.type === 'secretstores.local.env'
      ? variablesOf(component, version)
      : new Map(Object.entries(component.secrets ?? {}));
  return new Map([...values].map(([name, value]) => [name, fieldsOf(component, name, value)]));
}

/** 1.9.6 knows no prefix, and keeps nothing back. */
function variablesOf(component: FakeDaprComponent, version: DaprVersion): ReadonlyMap<string, string> {
  const prefix = version === '1.9.6' ? '' : (component.metadata?.['prefix'] ?? '');
  const variables = Object.entries(component.secrets ?? {}).flatMap(([variable, value]): [string, string][] =>
    variable.startsWith(prefix) && typeof value === 'string' ? [[variable, value]] : [],
  );
  return new Map(
    variables
      .filter(([variable]) => version === '1.9.6' || !ownVariable.test(variable))
      .map(([variable, value]) => [variable.slice(prefix.length), value]),
  );
}

function fieldsOf(component: FakeDaprComponent, name: string, secret: FakeSecret): SecretFields {
  const content = component.type === 'secretstores.aws.secretmanager' ? parsed(secret) : secret;
  if (holdsMaps(component) && typeof content === 'object' && content !== null) {
    return Object.fromEntries(Object.entries(content).map(([key, value]) => [key, asText(value)]));
  }
  return { [name]: asText(secret) };
}

/** AWS holds text; what is a JSON object in it counts as one. */
function parsed(secret: FakeSecret): FakeSecret {
  if (typeof secret !== 'string' || !secret.startsWith('{')) return secret;
  try {
    return JSON.parse(secret) as FakeSecret;
  } catch {
    return secret;
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

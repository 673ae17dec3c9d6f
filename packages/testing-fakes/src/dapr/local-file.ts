import type { FakeDaprComponent, FakeSecret } from './component.ts';

type Fields = Readonly<Record<string, string>>;

/** The secrets that `secretstores.local.file` makes of its file, by the names that they are asked for by. */
export function secretsOfFile({
  metadata = {},
  secrets = {},
}: FakeDaprComponent): ReadonlyMap<string, Fields> {
  const separator = metadata['nestedSeparator'] ?? ':';
  if (metadata['multiValued'] !== 'true') {
    return new Map(
      Object.entries(flatten(secrets, separator)).map(([name, value]) => [name, { [name]: value }]),
    );
  }
  return new Map(
    Object.entries(secrets).flatMap(([name, value]) => {
      if (typeof value === 'string') return [[name, { [name]: value }]];
      // Anything else on the top is not there.
      return isObject(value) ? [[name, flatten(value, separator)]] : [];
    }),
  );
}

/** `{ a: { b: 'x', c: ['y'] } }` gives `a:b` and `a:c:0`. */
function flatten(value: Readonly<Record<string, FakeSecret>>, separator: string): Fields {
  const flat = (at: string, inner: FakeSecret): [string, string][] => {
    if (typeof inner !== 'object' || inner === null) return [[at, goText(inner)]];
    return Object.entries(inner).flatMap(([key, next]) => flat(`${at}${separator}${key}`, next));
  };
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => flat(key, inner)));
}

/** What Go's `%s` makes of a value that is no text. */
function goText(value: string | number | boolean | null): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return `%!s(float64=${goNumber(value)})`;
  return value === null ? '%!s(<nil>)' : `%!s(bool=${String(value)})`;
}

/** As Go's `%v`: `1e+21`, `1e-07`. */
function goNumber(value: number): string {
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}

function isObject(value: FakeSecret): value is Readonly<Record<string, FakeSecret>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

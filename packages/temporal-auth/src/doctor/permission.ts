import { callSafely, isJsonObject } from '@worker-auth/internal';
import type { ClaimMapperOptions } from './diagnosis.ts';
import type { DiagnosisContext } from './diagnosis-context.ts';
import { type Problem, problem, ProblemFound } from './problem.ts';

type Claims = Readonly<Record<string, unknown>>;

/** Roles that may do what a worker does; Temporal compares them as numbers: worker 1, read 2, write 4, admin 8. */
const writingRoles: ReadonlySet<string> = new Set(['write', 'admin']);

/** The namespace whose permissions hold for all of them. */
const systemNamespace = 'temporal-system';

const usualClaim = 'permissions';

/** Claims of claims that are looked into for a permission. */
const maxDepth = 4;

/** Compares what the token claims with what Temporal makes of it, whose claim mapper may be another one. */
export async function checkPermission(
  context: DiagnosisContext,
  namespace: string,
  isGranted: boolean,
): Promise<void> {
  const { jwt, options, tokens } = context;
  if (tokens === undefined) return;
  if (jwt === undefined) context.skip(['token-permission'], 'the token is no JWT');
  else
    await context.check('token-permission', () => {
      const held = jwt.claims[options.authorization?.permissionsClaimName ?? usualClaim];
      const description = `the token holds ${held === undefined ? 'no permissions' : JSON.stringify(held)}`;
      const found = claimProblem(jwt.claims, namespace, options.authorization);
      if (found === undefined) return description;
      if (isGranted) return `${description}, and Temporal lets it work`;
      if (context.causeAmong(['temporal-write']) !== 'token-permission') return { description, ...found };
      throw new ProblemFound(found.code, found.cause, found.remedy);
    });
}

/**
 * Why a worker cannot work in the namespace, the first reason that Temporal comes upon. Its default claim mapper reads `aud` and `sub` first, without
 * which every call is rejected.
 */
export function claimProblem(
  claims: Claims,
  namespace: string,
  { permissionsClaimName: name = usualClaim, permissionsRegex, audience = '' }: ClaimMapperOptions = {},
): Problem | undefined {
  const { sub, aud, client_id: clientId, [name]: held } = claims;
  if (typeof sub !== 'string') {
    const instead = clientId === undefined ? '' : ' ("client_id" does not stand in for it)';
    return problem(
      'DOCTOR_SUBJECT_MISSING',
      `The token has no "sub", and without one Temporal rejects every call${instead}.`,
      'Have the OAuth server put it in.',
    );
  }
  if (audience.trim() !== '' && ![aud].flat().includes(audience)) {
    const audiences = aud === undefined ? 'no audience' : JSON.stringify(aud);
    return problem(
      'DOCTOR_AUDIENCE_OTHER',
      `The token is for ${audiences}, and Temporal wants "${audience}".`,
      'Set WORKER_AUTH_AUDIENCE to that, or have the OAuth server put it in.',
    );
  }
  const expression = expressionOf(permissionsRegex);
  if (expression === undefined) {
    return problem(
      'DOCTOR_PERMISSION_MISSING',
      `permissionsRegex is no expression with the groups "namespace" and "role", and Temporal leaves it out: ${String(permissionsRegex)}`,
      "Correct it in the server's configuration.",
    );
  }
  const writable = (value: unknown): readonly string[] =>
    [value].flat().flatMap((text) => (typeof text === 'string' ? namespacesOf(text, expression) : []));
  const grants = (value: unknown): boolean =>
    writable(value).some((where) => [namespace, systemNamespace].includes(where));
  if (Array.isArray(held) && grants(held)) return undefined;
  const has = held === undefined ? 'is missing' : `holds ${JSON.stringify(held)}`;
  const form = held === undefined || Array.isArray(held) ? '' : ', and Temporal reads nothing but a list';
  const example = permissionsRegex === undefined ? `"${namespace}:write"` : `write for "${namespace}"`;
  const other = writable(held).find((where) => Array.isArray(held) && where !== 'system');
  const remedy =
    other === undefined
      ? elsewhere(claims, name, grants)
      : `Set TEMPORAL_NAMESPACE to "${other}", for which it has that right, or have the OAuth server put ${example} there.`;
  return problem(
    'DOCTOR_PERMISSION_MISSING',
    `The claim "${name}" ${has}${form}, and a worker needs ${example}.`,
    remedy,
  );
}

/** What to do, which depends on where else in the token the permission is. */
function elsewhere(claims: Claims, name: string, grants: (value: unknown) => boolean): string {
  const others = nested(claims).filter(([path]) => path[0] !== name || path.length > 1);
  const found = others.find(([, value]) => grants(value)) ?? others.find(([path]) => path.at(-1) === name);
  if (found === undefined) return 'Have the OAuth server put it there.';
  const [path, value] = found;
  const where = `"${path.join('.')}"`;
  const holds = `which holds ${JSON.stringify(value)}`;
  return path.length === 1
    ? `Set permissionsClaimName to ${where} on the server, ${holds}.`
    : `Have the OAuth server put ${where}, ${holds}, at the top: Temporal reads no claim inside of another.`;
}

/** Of Go's syntax. `undefined` for what Temporal leaves out. */
function expressionOf(text = '(?s)^(?P<namespace>[^:]*):(?P<role>.*)$'): RegExp | undefined {
  const flags = /^\(\?([imsU]+)\)/.exec(text)?.[1] ?? '';
  const rest = text.replace(`(?${flags})`, '');
  // Not by the flag u, which rejects escapes that Go takes.
  const read = (): RegExp => new RegExp(rest.replaceAll('(?P<', '(?<'), flags.replace('U', ''));
  const hasGroups = ['namespace', 'role'].every((group) => rest.includes(`<${group}>`));
  return hasGroups ? callSafely(read, undefined) : undefined;
}

/** In which a permission lets write. */
function namespacesOf(permission: string, expression: RegExp): string | readonly string[] {
  const { namespace = [], role = '' } = expression.exec(permission)?.groups ?? {};
  return writingRoles.has(role.toLowerCase()) ? namespace : [];
}

function nested(claims: Claims, before: readonly string[] = []): (readonly [readonly string[], unknown])[] {
  return Object.entries(claims).flatMap(([name, value]) => {
    const path = [...before, name];
    const inner = isJsonObject(value) && path.length < maxDepth ? nested(value, path) : [];
    return [[path, value] as const, ...inner];
  });
}

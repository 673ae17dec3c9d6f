import { isJsonObject } from '@worker-auth/inlined';
import { DoctorCode } from './doctor-code.ts';
import type { CheckedToken } from './check-token.ts';
import { type Problem, ProblemFound } from './examination.ts';
import type { DiagnosisScene } from './scene.ts';

type Claims = Readonly<Record<string, unknown>>;

/** Roles that may do what a worker does; Temporal compares them as numbers: worker 1, read 2, write 4, admin 8. */
const writingRoles: ReadonlySet<string> = new Set(['write', 'admin']);

/** The namespace whose permissions hold for all of them. */
const systemNamespace = 'temporal-system';

/** Claims of claims that are looked into for a permission. */
const maxDepth = 4;

/**
 * How Temporal's default claim mapper is configured, in the words of the server's configuration (`global.authorization`).
 *
 * @see https://docs.temporal.io/self-hosted-guide/security#authorization
 */
export interface ClaimMapperOptions {
  /** The claim that holds the permissions, at the top of the token. Default `permissions`. */
  readonly permissionsClaimName?: string | undefined;
  /** What a permission looks like: an expression with the groups `namespace` and `role`. Default `namespace:role`. */
  readonly permissionsRegex?: string | undefined;
  /** What `aud` must hold. Default: it is not looked at. */
  readonly audience?: string | undefined;
}

/** What Temporal's claim mapper makes of a token. */
export interface MappedClaims {
  /** What is held for permissions, as it is. */
  readonly held: unknown;
  /** Why a worker cannot work with it in the namespace, the first reason that Temporal comes upon; `undefined` when it can. */
  readonly problem: Problem | undefined;
}

/** What Temporal itself says of the permissions: `unknown` when it was not asked or did not say. */
export type PermissionVerdict = 'granted' | 'refused' | 'unknown';

/** Compares what the token claims with what Temporal's claim mapper reads, and with what Temporal made of it: it may have another one. */
export async function checkPermission(
  { examination, options }: DiagnosisScene,
  { jwt }: CheckedToken,
  namespace: string,
  verdict: PermissionVerdict,
): Promise<void> {
  if (jwt === undefined) {
    examination.skip(['token-permission'], 'the token is no JWT');
    return;
  }
  await examination.check('token-permission', () => {
    const { held, problem } = mapClaims(jwt.claims, namespace, options.authorization);
    const description = `the token holds ${held === undefined ? 'no permissions' : JSON.stringify(held)}`;
    if (problem === undefined) return description;
    if (verdict === 'granted') return `${description}, and Temporal lets it work`;
    if (verdict === 'refused') throw new ProblemFound(problem.code, problem.error);
    return { description, ...problem };
  });
}

/** Reads claims as Temporal's default claim mapper does: `aud` and `sub` first, without which every call is refused. */
export function mapClaims(claims: Claims, namespace: string, mapper: ClaimMapperOptions = {}): MappedClaims {
  const { permissionsClaimName: name = 'permissions', audience = '' } = mapper;
  const held = claims[name];
  const problem = (code: DoctorCode, error: string): MappedClaims => ({ held, problem: { code, error } });
  const { sub, aud, client_id: clientId } = claims;
  if (typeof sub !== 'string') {
    const instead = clientId === undefined ? '' : ' "client_id" does not stand in for it.';
    return problem(
      DoctorCode.subjectMissing,
      `The token has no "sub", and without one Temporal refuses every call.${instead} Have the OAuth server put it in.`,
    );
  }
  if (audience.trim() !== '' && ![aud].flat().includes(audience))
    return problem(
      DoctorCode.audienceOther,
      `The token is for ${aud === undefined ? 'no audience' : JSON.stringify(aud)}, and Temporal wants "${audience}". Ask for that audience, or have the OAuth server put it in.`,
    );
  const expression = expressionOf(mapper.permissionsRegex);
  if (expression === undefined)
    return problem(
      DoctorCode.permissionMissing,
      `permissionsRegex is no expression with the groups "namespace" and "role", and Temporal leaves it out: ${String(mapper.permissionsRegex)}`,
    );
  const grants = (value: unknown): boolean =>
    [value].flat().some((one) => typeof one === 'string' && grantsWrite(one, namespace, expression));
  if (Array.isArray(held) && grants(held)) return { held, problem: undefined };
  const has = held === undefined ? 'is not there' : `holds ${JSON.stringify(held)}`;
  const form = held === undefined || Array.isArray(held) ? '' : ', and Temporal reads nothing but a list';
  const example = mapper.permissionsRegex === undefined ? `"${namespace}:write"` : `write for "${namespace}"`;
  const elsewhere = [...nested(claims)].find(([path, value]) => path !== name && grants(value))?.[0];
  const advice =
    elsewhere === undefined
      ? 'Have the OAuth server put it there.'
      : elsewhere.includes('.')
        ? `"${elsewhere}" has it, and Temporal reads no claim inside of another: have the OAuth server put it at the top.`
        : `"${elsewhere}" has it: set permissionsClaimName to that on the server.`;
  return problem(
    DoctorCode.permissionMissing,
    `The claim "${name}" ${has}${form}, and a worker needs ${example}. ${advice}`,
  );
}

/** Go's syntax of named groups in JavaScript's. `undefined` for what Temporal leaves out. */
function expressionOf(text = '^(?<namespace>[^:]*):(?<role>.*)$'): RegExp | undefined {
  try {
    const expression = new RegExp(text.replaceAll('(?P<', '(?<'), 'su');
    return ['namespace', 'role'].every((group) => text.includes(`<${group}>`)) ? expression : undefined;
  } catch {
    // Not of this form: as Temporal, leave it out.
  }
  return undefined;
}

function grantsWrite(permission: string, namespace: string, expression: RegExp): boolean {
  const { namespace: where = '', role = '' } = expression.exec(permission)?.groups ?? {};
  return [namespace, systemNamespace].includes(where) && writingRoles.has(role.toLowerCase());
}

/** All claims with their paths, those inside of others too. */
function* nested(claims: Claims, before: readonly string[] = []): Generator<[path: string, value: unknown]> {
  for (const [name, value] of Object.entries(claims)) {
    const path = [...before, name];
    yield [path.join('.'), value];
    if (isJsonObject(value) && path.length < maxDepth) yield* nested(value, path);
  }
}

import type { CheckedToken } from './check-token.ts';
import { mapClaims } from './permission.ts';
import { ProblemFound } from './problem.ts';
import type { DiagnosisScene } from './scene.ts';

/** What Temporal itself says of the permissions: `unknown` when it was not asked or did not say. */
export type PermissionVerdict = 'granted' | 'refused' | 'unknown';

/** Compares what the token claims with what Temporal's claim mapper reads, and with what Temporal made of it: it may have another one. */
export async function checkPermission(
  { examination, options }: DiagnosisScene,
  { jwt }: CheckedToken,
  namespace: string | undefined,
  verdict: PermissionVerdict,
): Promise<void> {
  if (jwt === undefined) {
    examination.skip(['token-permission'], 'the token is no JWT');
    return;
  }
  await examination.check('token-permission', { needs: ['temporal-setting'] }, () => {
    const value = undefined;
    const { held, problem } = mapClaims(jwt.claims, namespace ?? '', options.authorization);
    const has = held === undefined ? 'no permissions' : JSON.stringify(held);
    if (problem === undefined) return { value, description: `the token holds ${has}` };
    const description = `the token holds ${has}`;
    if (verdict === 'granted') return { value, description: `${description}, and Temporal lets it work` };
    if (verdict === 'refused') throw new ProblemFound(problem.code, problem.error);
    return { value, description, warning: problem };
  });
}

import type { CheckedToken } from './check-token.ts';
import { DoctorCode } from './doctor-code.ts';
import type { Found } from './examination.ts';
import { type Permissions, permissionsIn } from './permission.ts';
import { ProblemFound } from './problem.ts';
import type { DiagnosisScene } from './scene.ts';

/** What Temporal itself says of the permissions: `unknown` when it was not asked or did not say. */
export type PermissionVerdict = 'granted' | 'refused' | 'unknown';

/** Compares what the token claims with what a worker needs, and with what Temporal made of it: a claim mapper may read other claims. */
export async function checkPermission(
  { examination }: DiagnosisScene,
  { jwt }: CheckedToken,
  namespace: string | undefined,
  verdict: PermissionVerdict,
): Promise<void> {
  if (jwt === undefined) {
    examination.skip(['token-permission'], 'the token is no JWT');
    return;
  }
  await examination.check('token-permission', { needs: ['temporal-setting'] }, () =>
    judge(permissionsIn(jwt.claims, namespace ?? ''), namespace ?? '', verdict),
  );
}

function judge(
  { held, mayWrite }: Permissions,
  namespace: string,
  verdict: PermissionVerdict,
): Found<undefined> {
  const value = undefined;
  const has = held === undefined ? 'nothing that Temporal reads' : JSON.stringify(held);
  if (mayWrite) return { value, description: `the token holds ${has}` };
  const description = `the claim "permissions" holds ${has}`;
  if (verdict === 'granted')
    return { value, description: `${description}, and Temporal lets the token work` };
  const error = `The claim "permissions" holds ${has}, and a worker needs "${namespace}:write". Have the OAuth server put it there.`;
  if (verdict === 'refused') throw new ProblemFound(DoctorCode.permissionMissing, error);
  return { value, description, warning: { code: DoctorCode.permissionMissing, error } };
}

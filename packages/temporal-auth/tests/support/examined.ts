import type { CheckName } from '../../src/doctor/catalogue.ts';
import type { Check, DiagnoseOptions } from '../../src/doctor/diagnosis.ts';
import { DiagnosisContext } from '../../src/doctor/diagnosis-context.ts';
import { checkOf } from './diagnosis.ts';

/** What a check found, without what its name alone says. */
export type Finding = Omit<Check, 'name' | 'url' | 'cause' | 'remedy'> & { readonly error?: string };

/** Checks that are made alone, with no environment but that of the options. @returns what the one of a name found */
export async function examined(
  make: (scene: DiagnosisContext) => unknown,
  options: DiagnoseOptions = {},
): Promise<(name: CheckName) => Finding> {
  const scene = new DiagnosisContext({ env: {}, ...options });
  await make(scene);
  const diagnosis = scene.diagnosis();
  return (wanted) => {
    const known: { -readonly [K in keyof Check]?: Check[K] } = { ...checkOf(diagnosis, wanted) };
    for (const name of ['name', 'url', 'cause', 'remedy'] as const) delete known[name];
    return known as Finding;
  };
}

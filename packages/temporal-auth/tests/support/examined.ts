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
    delete known.name;
    delete known.url;
    delete known.cause;
    delete known.remedy;
    return known as Finding;
  };
}

import { describe, expect, it } from 'vitest';
import { diagnosisText } from '../../src/cli/doctor-command.ts';
import { runbookUrl } from '@worker-auth/calls/conditions/runbook';
import type { DiagnoseOptions } from '../../src/doctor/diagnosis.ts';
import { checkOf, diagnosed, diagnosedLate, namesOf, openDiagnosisScene } from './diagnosis.ts';
import type { SetUp } from './set-up.ts';

/** The tests of these. */
export function toldSetUps(setUps: readonly SetUp[]): void {
  describe('the first line of the doctor is the cause and the second the remedy, as text and as JSON, when', () => {
    it.each(setUps)(
      '$title',
      async ({ stack, make, isLate, found, cause, remedy, evidence, result = 'error' }) => {
        await using started = new AsyncDisposableStack();
        const scene = started.use(await openDiagnosisScene(stack));
        const options = ((await make(scene, started)) ?? {}) as DiagnoseOptions;
        // No secret and no token can be seen in it.
        const diagnosis = await (isLate ? diagnosedLate : diagnosed)(scene, options);
        const text = diagnosisText(diagnosis, (_style, line) => line, true);
        const [first = '', second = ''] = text.split('\n').map((line) => line.replace(/^(?:[✗!]| ) /, ''));
        expect(first).toMatch(cause);
        expect(second).toMatch(remedy);
        const [name, code] = found;
        const check = checkOf(diagnosis, name);
        expect(check).toMatchObject({ result, code, cause: first, remedy: second, url: runbookUrl(code) });
        expect((check.evidence ?? []).join('\n')).toMatch(evidence ?? /^/);
        expect(JSON.parse(JSON.stringify(diagnosis))).toEqual(diagnosis);
        expect(diagnosis).toMatchObject({
          ...{ success: result !== 'error', causes: result === 'error' ? [name] : [] },
        });
        for (const failure of namesOf(diagnosis, 'error').filter((other) => other !== name))
          expect(checkOf(diagnosis, failure).consequenceOf).toBe(name);
      },
    );
  });
}

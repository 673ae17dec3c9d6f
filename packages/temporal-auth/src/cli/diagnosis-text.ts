import type { Check, CheckResult, Diagnosis } from '../doctor/diagnosis.ts';
import type { Paint } from './command.ts';

const signs = { success: '✓', warning: '!', error: '✗', skipped: '-' } as const;
const styles = { success: 'green', warning: 'yellow', error: 'red', skipped: 'dim' } as const;

/**
 * A diagnosis in lines, with a last one that says how it ends.
 *
 * @param isShort whether what is as it should be is left out
 */
export function diagnosisText(diagnosis: Diagnosis, paint: Paint, isShort: boolean): string {
  const isTold = ({ result }: Check): boolean => !isShort || result === 'warning' || result === 'error';
  const told = diagnosis.categories
    .map(({ categoryName, checks }) => ({ categoryName, checks: checks.filter(isTold) }))
    .filter(({ checks }) => checks.length > 0);
  const lines = told.flatMap(({ categoryName, checks }) => [
    paint('bold', categoryName),
    ...checks.flatMap((check) => checkLines(check, paint)),
    '',
  ]);
  return [...lines, summary(diagnosis, paint)].join('\n');
}

function checkLines(check: Check, paint: Paint): string[] {
  const { result, description, error, code, consequenceOf, runbook } = check;
  const first = `  ${paint(styles[result], signs[result])} ${description}`;
  if (error === undefined)
    return [result === 'skipped' ? paint('dim', `  ${signs[result]} ${description}`) : first];
  const what = error.split('\n').map((line) => `      ${line}`);
  if (consequenceOf !== undefined)
    return [first, ...what, `      This is a consequence of "${consequenceOf}".`];
  return [first, ...what, `      ${String(code)}: see ${runbook}`];
}

function summary({ success, causes, categories }: Diagnosis, paint: Paint): string {
  const count = (wanted: CheckResult): string => {
    const { length } = categories.flatMap(({ checks }) => checks.filter(({ result }) => result === wanted));
    return length === 1 ? '1 check' : `${length} checks`;
  };
  if (!success) return paint('red', `✗ ${count('error')} failed. Begin with: ${causes.join(', ')}`);
  const warned = count('warning');
  if (warned !== '0 checks') return paint('yellow', `! No check failed; ${warned} warned`);
  return paint('green', '✓ All checks passed');
}

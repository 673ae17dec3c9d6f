import { describe, expect, it } from 'vitest';
import { checkOf, diagnosed, openDiagnosisScene } from '../support/diagnosis.ts';
import { setUps } from '../support/set-ups.ts';

describe('a diagnosis says what is wrong when', () => {
  it.each(setUps)('$setUp', async ({ stack, made, check, result = 'error', code, says }) => {
    await using started = new AsyncDisposableStack();
    const scene = started.use(await openDiagnosisScene(stack));
    const diagnosis = await diagnosed(scene, await made(scene, started));
    const found = checkOf(diagnosis, check);
    expect(found).toMatchObject({ result, code, error: expect.stringMatching(says) as string });
    if (result === 'error') expect(diagnosis.causes[0]).toBe(check);
  });
});

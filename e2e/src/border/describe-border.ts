/** Tests of the border, one for each case. */
import { afterAll, describe, expect, it } from 'vitest';
import { Scene } from './scene.ts';
import { type BorderCase, type Figures, tableOf, tryCase } from './trial.ts';

/** Cases share an agent until one of them has harmed it. The figures are printed at the end. */
export function describeBorder(cases: readonly BorderCase[]): void {
  describe.skipIf(process.platform !== 'linux')('the proxy withstands', () => {
    const figures: Figures[] = [];
    let scene: Scene | undefined;

    const leave = async (): Promise<void> => {
      await scene?.[Symbol.asyncDispose]();
      scene = undefined;
    };

    afterAll(async () => {
      await leave();
      console.log(tableOf(figures));
    });

    it.each(cases)('$name', async (each) => {
      await using apart = await each.open?.();
      const found = await tryCase(apart ?? (scene ??= await Scene.open()), each);
      figures.push(found);
      if (found.wrong.length > 0) await leave();
      expect(found.wrong).toEqual([]);
    });
  });
}

import type { styleText } from 'node:util';
import type { TokenRecord } from './timeline.ts';

/** `styleText`, for one output: a text stays as it is where colours are not wanted. */
export type Paint = (format: Parameters<typeof styleText>[0], text: string) => string;

/** What the bars show; all times are milliseconds by one clock. */
export interface BarFacts {
  readonly nowMs: number;
  /** The oldest first. */
  readonly tokens: readonly TokenRecord[];
  /** When calls were refused. */
  readonly refusedMs: readonly number[];
}

/** So many tokens are shown. */
const shownTokens = 3;

/** What the signs of {@link tokenBars} mean. */
export const legend = '█ used ░ left │ renewal ▓ overlap × refusal';

/**
 * The life of each of the newest tokens, one below the other on one scale of time, and the refused calls below them on the same scale; in
 * rows of a name and a bar, always as many.
 *
 * @param width of a bar, in columns
 */
export function tokenBars(
  { nowMs, tokens, refusedMs }: BarFacts,
  width: number,
  paint: Paint,
): readonly (readonly [name: string, bar: string])[] {
  const shown = tokens.slice(-shownTokens);
  const fromMs = shown[0]?.startMs ?? nowMs;
  const toMs = Math.max(nowMs, ...shown.map(({ endMs }) => endMs));
  const cellMs = (toMs - fromMs) / width;
  const cells = Array.from({ length: width }, (_, index) => {
    const startMs = fromMs + index * cellMs;
    return { startMs, middleMs: startMs + cellMs / 2, endMs: startMs + cellMs };
  });
  const bars = shown.map((token, index) => {
    const nextMs = shown[index + 1]?.startMs;
    const bar = cells.map((cell) => lifeSign(cell, { ...token, nowMs, nextMs }, paint)).join('');
    return [`  #${token.id}`, bar] as const;
  });
  const refusals = cells.map(({ startMs, endMs }) =>
    refusedMs.some((atMs) => atMs >= startMs && atMs < endMs) ? paint('red', '×') : ' ',
  );
  const missing = Array.from({ length: shownTokens - shown.length }, () => ['', ''] as const);
  return [...bars, ...missing, ['  refused', refusals.join('')]];
}

interface Cell {
  readonly startMs: number;
  readonly middleMs: number;
  readonly endMs: number;
}

interface Life extends TokenRecord {
  readonly nowMs: number;
  /** When the next token came; `undefined` for the newest. */
  readonly nextMs: number | undefined;
}

function lifeSign(cell: Cell, { startMs, endMs, refreshMs, nowMs, nextMs }: Life, paint: Paint): string {
  const renewalMs = nextMs ?? refreshMs;
  if (renewalMs >= cell.startMs && renewalMs < cell.endMs) return paint('bold', '│');
  if (cell.middleMs < startMs || cell.middleMs >= endMs) return ' ';
  if (cell.middleMs >= nowMs) return paint('dim', '░');
  return cell.middleMs >= renewalMs && nextMs !== undefined ? paint('yellow', '▓') : paint('green', '█');
}

import type { ModelTokenSource } from '../../support/model-token-source.ts';

/** A source with one fault, which the contract must notice. */
export interface BrokenTokenSource {
  /** What is wrong, and nothing else is. */
  readonly fault: string;
  /** A case that must notice it. */
  readonly caughtBy: string;
  readonly breakIt: (source: ModelTokenSource) => void;
}

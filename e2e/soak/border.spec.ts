import { borderCases } from '../src/border/cases.ts';
import { describeBorder } from '../src/border/describe-border.ts';
import { nonsense } from '../src/border/nonsense.ts';

// All attacks on the proxy, and ten minutes of nonsense on both sides.

/** How long that takes on each side, and from which seed on. */
const { FUZZ_SECONDS = '300', FUZZ_SEED = '1' } = process.env;

describeBorder([...borderCases, ...nonsense(Number(FUZZ_SECONDS), Number(FUZZ_SEED))]);

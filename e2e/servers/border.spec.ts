import { quickCases } from '../src/border/cases.ts';
import { nonsense } from '../src/border/nonsense.ts';
import { describeBorder } from '../src/border/describe-border.ts';

// More attacks on the proxy than the gate has time for.

describeBorder([...quickCases, ...nonsense(10, 1)]);

import { borderCases } from '../src/border/cases.ts';
import { nonsense } from '../src/border/nonsense.ts';
import { describeBorder } from '../src/border/describe-border.ts';

// The proxy is a border: no caller and no Temporal ends it, starves it, or learns the token.

describeBorder([...borderCases.filter(({ isQuick }) => isQuick), ...nonsense(10, 1)]);

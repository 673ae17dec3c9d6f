import { gateCases } from '../src/border/cases.ts';
import { nonsense } from '../src/border/nonsense.ts';
import { describeBorder } from '../src/border/describe-border.ts';

// The proxy is a border: no caller and no Temporal ends it, starves it, or learns the token.

describeBorder([...gateCases, ...nonsense(2, 1).slice(0, 1)]);

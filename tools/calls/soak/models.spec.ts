// All of their worlds.
import '../tests/tokens/denied-calls-model.spec.ts';
import '../tests/tokens/verdicts-model.spec.ts';

// The same properties, in more worlds.
import '../tests/tokens/clocks.spec.ts';
import '../tests/tokens/invariants.spec.ts';

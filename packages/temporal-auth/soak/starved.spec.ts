// With what Core tries for long.
import '../tests/worker/starved.spec.ts';

// The same properties, in more worlds.
import '../tests/discovery-model.spec.ts';

// The same properties, in more runs.
import '../tests/model.spec.ts';

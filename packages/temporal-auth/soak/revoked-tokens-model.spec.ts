// All of its worlds.
import '../tests/worker/revoked-tokens-model.spec.ts';

// With a poll that is rejected.
import '../tests/opentelemetry/metrics-example.spec.ts';

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const at = (path: string): string => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));

const head = `# packages/temporal-auth/monitoring/alerts.yaml, for Prometheus by its operator.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: worker-auth
  labels:
    app.kubernetes.io/name: postgres-extraction
spec:
`;

// "npx vitest run tests/opentelemetry/prometheus-rule.spec.ts -u" writes it again, after a change of the rules.
it('the Kubernetes example has the rules of monitoring/ as a PrometheusRule', async () => {
  const rules = await readFile(at('packages/temporal-auth/monitoring/alerts.yaml'), 'utf8');
  const groups = rules.slice(rules.indexOf('groups:')).replaceAll(/^(?=.)/gm, '  ');
  await expect(head + groups).toMatchFileSnapshot(at('examples/kubernetes/monitoring/prometheus-rule.yaml'));
});

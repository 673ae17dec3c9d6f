import { join } from 'node:path';
import { runReadmeExample } from '@worker-auth/workspace/readme-example';
import { expect, it } from 'vitest';

it('the first example of the README says what it waits for, and at its end what is missing', async () => {
  const env = { DAPR_HTTP_ENDPOINT: 'http://127.0.0.1:9' };
  const { exitCode, stderr } = await runReadmeExample(join(import.meta.dirname, '..'), { env });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /^Waiting for the Dapr sidecar\. No response from http:\/\/127\.0\.0\.1:9 \(ECONNREFUSED\)\.\n/,
  );
  expect(stderr).toContain('No Dapr sidecar was ready at http://127.0.0.1:9 within 30000 ms: No response');
  expect(stderr).toContain(
    'ATLAN_postgres_extraction_client_id and ATLAN_postgres_extraction_client_secret are not set',
  );
  expect(stderr).toContain('Set the environment variables ATLAN_postgres_extraction_client_id');
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SecretService } from '@worker-auth/secret-store';
import { expect, it } from 'vitest';
import { AtlanAuthClient, TemporalWorkflowClient } from '../src/index.ts';

const guide = readFileSync(join(import.meta.dirname, '../docs/migrate-from-python.md'), 'utf8');
const document = { auth: AtlanAuthClient, client: TemporalWorkflowClient, secrets: SecretService };

/** Every `auth.x()`, `client.x()` and `secrets.x()` that the guide tells of. */
const calls = [...guide.matchAll(/\b(auth|client|secrets)\.([a-z][A-Za-z]+)\(/g)].map(
  ([, owner = '', method = '']) => ({ owner: owner as keyof typeof document, method }),
);

it('names what is there', () => {
  expect(new Set(calls.map(({ owner }) => owner)).size).toBe(3);
  for (const { owner, method } of calls) {
    expect(Reflect.get(document[owner].prototype, method), `${owner}.${method}`).toBeTypeOf('function');
  }
});

it('leaves out no method that the Python client has', () => {
  const python = [
    ...['get_access_token', 'get_authenticated_headers', 'is_token_valid', 'get_token_expiry_time'],
    ...['get_time_until_expiry', 'refresh_token', 'clear_cache', 'get_application_name', 'is_auth_enabled'],
    ...['load', 'close', 'start_workflow', 'create_worker', 'get_secret', 'get_credentials', 'auth_manager'],
    ...['workflow_classes', 'passthrough_modules', 'max_concurrent_activities', 'activity_executor'],
    ...['auto_start_token_refresh', 'connect_with_retry'],
  ];
  for (const name of python) expect(guide).toContain(name);
});

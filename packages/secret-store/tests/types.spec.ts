import type { CredentialSource as NeededSource, FakeClock } from '@worker-auth/testing-fakes';
import { describe, expectTypeOf, it } from 'vitest';
import type { CredentialSource } from '../src/credential-source.ts';
import type { DaprStore } from '../src/dapr/dapr-store.ts';
import type { Clock, SecretStore } from '@worker-auth/internal';

describe('the ports', () => {
  it('fit: a source is one that a token manager takes, a Dapr store a secret store', () => {
    expectTypeOf<CredentialSource>().toExtend<NeededSource>();
    expectTypeOf<DaprStore>().toExtend<SecretStore>();
  });

  it('take the fake clock', () => {
    expectTypeOf<FakeClock>().toExtend<Clock>();
  });
});

import type { CredentialSource as NeededSource, FakeClock } from '@worker-auth/testing-fakes';
import { describe, expectTypeOf, it } from 'vitest';
import type { Clock, CredentialSource, DaprStore, SecretStore } from '../src/index.ts';

describe('the ports', () => {
  it('fit: a source is one that a token manager takes, a Dapr store a secret store', () => {
    expectTypeOf<CredentialSource>().toExtend<NeededSource>();
    expectTypeOf<DaprStore>().toExtend<SecretStore>();
  });

  it('take the fake clock', () => {
    expectTypeOf<FakeClock>().toExtend<Clock>();
  });
});

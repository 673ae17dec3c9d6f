import type {
  CredentialSourceUnderTest,
  DaprSidecarUnderTest,
  FakeClock,
  SecretStoreUnderTest,
} from '@worker-auth/testing-fakes';
import { describe, expectTypeOf, it } from 'vitest';
import type { Clock, CredentialSource, DaprSidecar, DaprStore, SecretStore } from '../src/index.ts';

describe('the ports', () => {
  it('fit the contract suites, which import nothing of this package', () => {
    expectTypeOf<SecretStore>().toExtend<SecretStoreUnderTest>();
    expectTypeOf<DaprStore>().toExtend<SecretStoreUnderTest>();
    expectTypeOf<CredentialSource>().toExtend<CredentialSourceUnderTest>();
    expectTypeOf<DaprSidecar>().toExtend<DaprSidecarUnderTest>();
  });

  it('take the fake clock', () => {
    expectTypeOf<FakeClock>().toExtend<Clock>();
  });
});

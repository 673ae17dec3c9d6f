export { clockContract } from './contracts/clock/clock-contract.ts';
export {
  type ClockContractSetup,
  type ClockFixture,
  type ClockUnderTest,
} from './contracts/clock/clock-under-test.ts';
export { type ContractCase, type ContractPatience } from './contracts/contract-case.ts';
export { credentialSourceContract } from './contracts/credential-source/credential-source-contract.ts';
export {
  type ContractCredentials,
  type CredentialSourceContractSetup,
  type CredentialSourceFixture,
  type CredentialSourceUnderTest,
} from './contracts/credential-source/credential-source-under-test.ts';
export { daprContractSecrets, daprContractVariable } from './contracts/dapr/dapr-content.ts';
export { daprSidecarContract } from './contracts/dapr/dapr-sidecar-contract.ts';
export {
  type DaprMisbehaviour,
  type DaprSidecarContractSetup,
  type DaprSidecarUnderTest,
} from './contracts/dapr/dapr-under-test.ts';
export { registerContract, type TestFunctions } from './contracts/register-contract.ts';
export { renewContract } from './contracts/renew/renew-contract.ts';
export {
  type LeaseUnderTest,
  type RenewContractSetup,
  type RenewFixture,
  type RenewUnderTest,
} from './contracts/renew/renew-under-test.ts';
export { secretStoreContract } from './contracts/secret-store/secret-store-contract.ts';
export {
  type ContractSecrets,
  type SecretStoreContractSetup,
  type SecretStoreFixture,
  type SecretStoreUnderTest,
} from './contracts/secret-store/secret-store-under-test.ts';
export { tokenSourceContract } from './contracts/token-source/token-source-contract.ts';
export {
  type GetTokenOptionsUnderTest,
  type TokenSourceContractSetup,
  type TokenSourceFixture,
  type TokenSourceUnderTest,
} from './contracts/token-source/token-source-under-test.ts';
export { type FakeDaprComponent, type FakeSecret } from './dapr/component.ts';
export {
  type FakeDaprAddress,
  type FakeDaprRequest,
  FakeDaprSidecar,
  type FakeDaprSidecarOptions,
} from './dapr/fake-dapr-sidecar.ts';
export { type DaprVersion } from './dapr/metadata.ts';
export { type Fault } from './dapr/faults.ts';
export { FakeClock } from './fake-clock.ts';
export { type LoopbackHandler, type LoopbackServer, readBody, startLoopbackServer } from './http-server.ts';
export { MockOAuthServer, type MockOAuthServerOptions } from './oauth/mock-oauth-server.ts';
export { type OAuthFault, type OAuthFaultName, oauthFaults } from './oauth/oauth-faults.ts';
export { type PublicJwk, SigningKey } from './oauth/signing-key.ts';
export { type RecordedRequest } from './oauth/token-request-check.ts';
export { type MintOptions } from './oauth/token-issuer.ts';
export { type Refusal } from './gateway/answers.ts';
export { type DenialReason } from './gateway/authorizer.ts';
export { type JsonWebKeySet } from './gateway/json-web-keys.ts';
export { type SeenToken } from './gateway/seen-tokens.ts';
export {
  TemporalAuthGateway,
  type RpcEvent,
  type TemporalAuthGatewayOptions,
} from './gateway/temporal-auth-gateway.ts';
export { type TokenFault } from './gateway/verify-jwt.ts';
export { assertNoLeak, plantSecret } from './leaks/assert-no-leak.ts';

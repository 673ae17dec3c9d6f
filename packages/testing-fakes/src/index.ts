export type {
  ClientCredentials,
  Clock,
  CredentialSource,
  GetTokenOptions,
  Lease,
  SecretStore,
  TokenSource,
} from '@worker-auth/ports';
export { type ContractCase, type ContractPatience } from './contracts/contract-case.ts';
export { credentialSourceContract } from './contracts/credential-source-contract.ts';
export {
  type ContractCredentials,
  type CredentialSourceContractSetup,
  type CredentialSourceFixture,
} from './contracts/credential-source-under-test.ts';
export { registerContract, type TestFunctions } from './contracts/register-contract.ts';
export { secretStoreContract } from './contracts/secret-store-contract.ts';
export {
  type ContractSecrets,
  type SecretStoreContractSetup,
  type SecretStoreFixture,
} from './contracts/secret-store-under-test.ts';
export { tokenSourceContract } from './contracts/token-source-contract.ts';
export {
  type TokenSourceContractSetup,
  type TokenSourceFixture,
} from './contracts/token-source-under-test.ts';
export { type BackEndErrors, daprBackEndErrors } from './dapr/back-end-errors.ts';
export {
  type BackEndFailure,
  type DaprVersion,
  type FakeDaprComponent,
  type FakeSecret,
} from './dapr/component.ts';
export {
  type DaprColdStart,
  FakeDaprSidecar,
  type FakeDaprSidecarOptions,
} from './dapr/fake-dapr-sidecar.ts';
export { type DaprEndpoint, type FakeDaprRequest } from './dapr/recorded-request.ts';
export { type SecretScope } from './dapr/secret-scope.ts';
export { FakeTokenSource, type FakeTokenSourceOptions } from './fakes/fake-token-source.ts';
export { InMemorySecretStore } from './fakes/in-memory-secret-store.ts';
export {
  type LogEntry,
  type RecordedLogLevel,
  type RecordedLogMetadata,
  RecordingLogger,
} from './fakes/recording-logger.ts';
export { FakeClock, type FakeClockOptions } from './fake-clock.ts';
export { type CertificateOptions, type TlsClientAuth } from './oauth/certificate-options.ts';
export { type OAuthClientOptions } from './oauth/client-registry.ts';
export { type KeyRotation, type SigningKeyState } from './oauth/key-ring.ts';
export { type KeySetSource } from './oauth/key-set.ts';
export { type MockOAuthServerOptions } from './oauth/mock-oauth-server-options.ts';
export { MockOAuthServer } from './oauth/mock-oauth-server.ts';
export { type OAuthEndpoint } from './oauth/oauth-endpoint.ts';
export { type OAuthFaultChoice, type OAuthFaultName, oauthFaults } from './oauth/oauth-faults.ts';
export { type PresentedCertificate } from './oauth/presented-certificate.ts';
export {
  type CertificateAuthMethod,
  type ClaimedAuthentication,
  type ClientAuthMethod,
} from './oauth/presented-credentials.ts';
export { type RecordedRequest } from './oauth/recorded-request.ts';
export { type PublicJwk, type SigningAlgorithm, SigningKey } from './oauth/signing-key.ts';
export { type MintOptions } from './oauth/token-issuer.ts';
export { type TrustedIssuer } from './oauth/trusted-issuers.ts';
export { type DenialReason } from './authorization/denial-reason.ts';
export { type JsonWebKeySet } from './authorization/key-source.ts';
export { type TokenFault } from './authorization/verify-jwt.ts';
export { FakeTemporalFrontend, type FakeTemporalFrontendOptions } from './frontend/fake-temporal-frontend.ts';
export { type FrontendDenialReason, type TokenChoice } from './frontend/frontend-authorizer.ts';
export { type FrontendClock } from './frontend/task-queue.ts';
export { TemporalAuthGateway, type TemporalAuthGatewayOptions } from './gateway/temporal-auth-gateway.ts';
export { type AuthorizingServer } from './grpc/authorizing-server.ts';
export { type RecordedRpc } from './grpc/call-log.ts';
export { type MethodPattern } from './grpc/method-pattern.ts';
export { type RpcConnectionFault, type RpcFault } from './grpc/rpc-fault.ts';
export { type RpcFaultName, rpcFaults } from './grpc/rpc-fault.ts';
export { type NamedTask } from './grpc/first-message.ts';
export {
  type ArrivingRpc,
  type RpcFaultChoice,
  type RpcFaultTarget,
  type RpcScriptStep,
} from './grpc/rpc-rules.ts';
export { type SeenToken, tokenFingerprint } from './grpc/seen-tokens.ts';
export { type GrpcStatusName } from './grpc/responses.ts';
export { throttledMethods } from './grpc/throttled-methods.ts';
export { assertNoLeak, plantSecret } from './leaks/assert-no-leak.ts';
export { type FaultChoice, type FaultTarget, type ScriptStep } from './server/fake-http-server.ts';
export { type ConnectionFault, type HttpFault, type ProperResponse } from './server/http-fault.ts';
export { ConnectProxy, type ConnectProxyOptions } from './server/connect-proxy.ts';
export {
  type LoopbackHandler,
  LoopbackServer,
  type LoopbackServerOptions,
  type LoopbackServerSettings,
  readBody,
} from './server/loopback-server.ts';
export { type ServerTls } from './tls/server-tls.ts';
export { type TestCertificateFiles, TestCertificateFolder } from './tls/test-certificate-folder.ts';
export { type TestCertificates, testCertificates } from './tls/test-certificates.ts';
export { testClientCertificate, type TestClientCertificateOptions } from './tls/test-client-certificate.ts';
export { type Activity } from './thread-work.ts';
export { type UnhandledRejections, watchUnhandledRejections } from './unhandled-rejections.ts';
export { fakeStack, type FakeStack, type FakeStackOptions } from './stack/fake-stack.ts';

export { FakeClock } from './fake-clock.ts';
export { MockOAuthServer, type MockOAuthServerOptions } from './oauth/mock-oauth-server.ts';
export { type OAuthFault, type OAuthFaultName, oauthFaults } from './oauth/oauth-faults.ts';
export { type PublicJwk, SigningKey } from './oauth/signing-key.ts';
export { type RecordedRequest } from './oauth/token-request-check.ts';
export { type MintOptions } from './oauth/token-issuer.ts';

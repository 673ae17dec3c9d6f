import { CertificateErrorCode } from '@worker-auth/refresh-scheduler/certificate';
import { SecretStoreErrorCode } from '@worker-auth/secret-store';
import { TokenManagerErrorCode } from '@worker-auth/token-manager';
import { TemporalAuthErrorCode } from '../errors/temporal-auth-error.ts';
import { DoctorCode } from './doctor-code.ts';

const startSidecar =
  'See that the sidecar runs (kubectl logs <pod> -c daprd), and that DAPR_HTTP_ENDPOINT or DAPR_HTTP_PORT leads to it.';
const grantRead =
  "Give the sidecar's identity the right to read the secret, at the back end and in its Configuration (secrets.scopes).";
const checkClient =
  'Compare id and secret with the client at the OAuth server, and how it is to authenticate there (clientAuth).';
const waitForServer = 'Nothing to change here: it is asked again by itself. See how the OAuth server is.';

/** The first thing to do about each code that a check can meet. */
const hints: Readonly<Record<string, string>> = {
  [SecretStoreErrorCode.credentialsNotFound]:
    'Set the two variables, or add the two keys to the secret; the name of the application decides what they are called.',
  [SecretStoreErrorCode.credentialsIncomplete]: 'Add the other half, or remove this one.',
  [SecretStoreErrorCode.secretInvalid]: 'Correct the value of the key that is named.',
  [SecretStoreErrorCode.secretChanging]: 'Try again when the rotation is over.',
  [SecretStoreErrorCode.secretNotFound]:
    'Create the secret at the back end, or set ATLAN_DEPLOYMENT_SECRET_NAME to the one that there is.',
  [SecretStoreErrorCode.settingInvalid]: 'Correct the variable that is named.',
  [SecretStoreErrorCode.noComponent]:
    'Load a component whose type begins with "secretstores." (kubectl get components -o yaml), in the namespace and scope of the application.',
  [SecretStoreErrorCode.ambiguousComponent]: 'Set ATLAN_DEPLOYMENT_SECRET_COMPONENT to the one to use.',
  [SecretStoreErrorCode.componentNotFound]:
    'Set ATLAN_DEPLOYMENT_SECRET_COMPONENT to a component that there is (kubectl get components), or load this one.',
  [SecretStoreErrorCode.sidecarUnavailable]: startSidecar,
  [SecretStoreErrorCode.sidecarUnreachable]: startSidecar,
  [SecretStoreErrorCode.sidecarTimeout]: 'See how the sidecar and the back end behind its component are.',
  [SecretStoreErrorCode.sidecarNotReady]:
    'It is starting; when that goes on, its log names the component that fails.',
  [SecretStoreErrorCode.apiTokenRejected]: "Set DAPR_API_TOKEN to the sidecar's.",
  [SecretStoreErrorCode.apiNotAllowed]: "Allow the secrets API in the sidecar's Configuration (spec.api).",
  [SecretStoreErrorCode.accessDenied]: grantRead,
  [SecretStoreErrorCode.backendRefused]: "Correct the component's settings and account.",
  [SecretStoreErrorCode.backendFailed]: 'See how the back end is; the log of the sidecar says more.',
  [SecretStoreErrorCode.invalidAnswer]: 'See what listens at the address of the sidecar.',
  [TokenManagerErrorCode.unreachable]:
    'Check ATLAN_WORKFLOW_AUTH_URL, the name service, network policies and certificates.',
  [TokenManagerErrorCode.timedOut]: 'See whether a firewall drops what is sent, and how the OAuth server is.',
  [TokenManagerErrorCode.unavailable]: waitForServer,
  [TokenManagerErrorCode.throttled]: waitForServer,
  [TokenManagerErrorCode.clientRejected]: checkClient,
  [TokenManagerErrorCode.denied]: 'Grant the client the audience, scope or role that it asks for.',
  [TokenManagerErrorCode.refused]: 'Check the path in ATLAN_WORKFLOW_AUTH_URL, scope, audience and resource.',
  [TokenManagerErrorCode.redirected]: 'Set ATLAN_WORKFLOW_AUTH_URL to where the redirect leads.',
  [TokenManagerErrorCode.invalidResponse]:
    'See that ATLAN_WORKFLOW_AUTH_URL is the token endpoint, and that no proxy or sign-in page answers in its place.',
  [TokenManagerErrorCode.discoveryFailed]: 'Check the issuer, or set the token endpoint itself.',
  [TokenManagerErrorCode.invalidCredentials]: 'Correct what the credential source gives.',
  [TokenManagerErrorCode.endpointUnknown]:
    'Set ATLAN_WORKFLOW_AUTH_URL, or the key atlan_auth_url in the secret.',
  [TokenManagerErrorCode.fileUnreadable]: 'Check the mount, its path and its permissions.',
  [TokenManagerErrorCode.fileNotReady]:
    'Whoever writes the file has to write it again; for a projected token that is the kubelet.',
  [CertificateErrorCode.unreadable]: 'Check the mount, its path and its permissions.',
  [CertificateErrorCode.malformed]: 'Write the file again, as PEM.',
  [CertificateErrorCode.keyEncrypted]: 'Give the key without a passphrase.',
  [CertificateErrorCode.mismatch]: 'Write certificate and key of one pair.',
  [CertificateErrorCode.expired]: "Have the certificate renewed, and check this host's clock.",
  [CertificateErrorCode.notYetValid]: "Check this host's clock.",
  [TemporalAuthErrorCode.settingRefused]: 'Correct the option or the variable that is named.',
  [TemporalAuthErrorCode.switchedOff]:
    'Set ATLAN_WORKFLOW_AUTH_ENABLED to true, or to false if that is meant.',
  [TemporalAuthErrorCode.credentialSourceFailed]: 'See to the credential source of your own.',
  [TemporalAuthErrorCode.namespaceUnknown]:
    'Create the namespace, or set ATLAN_WORKFLOW_NAMESPACE to one that there is.',
  [TemporalAuthErrorCode.temporalUnavailable]:
    'Check ATLAN_WORKFLOW_HOST and ATLAN_WORKFLOW_PORT, and that the server is up.',
  [TemporalAuthErrorCode.tlsFailed]:
    'Set TLS as the server has it: tls, or workflow_tls_enabled beside the credentials.',
  [TemporalAuthErrorCode.callRefused]:
    "Compare the token's issuer, key and audience with what the server trusts; the reason is in the server's log.",
  [TemporalAuthErrorCode.permissionMissing]: 'Have the permission put into the token, at the OAuth server.',
  [DoctorCode.nameUnknown]: 'Check the name of the host, and the name service of this host or pod.',
  [DoctorCode.connectionFailed]: 'Check host and port, and that the server is up.',
  [DoctorCode.connectionTimedOut]:
    'See whether a route leads there, and whether a firewall or network policy drops what is sent.',
  [DoctorCode.handshakeFailed]:
    'See whether the port speaks TLS, and whether it asks for a client certificate.',
  [DoctorCode.certificateUntrusted]:
    'Have the authority trusted: ca or NODE_EXTRA_CA_CERTS, or tls: { serverRootCACertificate } for Temporal alone.',
  [DoctorCode.certificateExpired]: "Have the certificate renewed, and check this host's clock.",
  [DoctorCode.certificateOfOtherName]: 'Use a name that the certificate has, or have it issued anew.',
  [DoctorCode.certificateExpiring]: 'Have the certificate renewed before it ends.',
  [DoctorCode.tokenUnverifiable]:
    'Have the OAuth server issue JWTs that are signed by RS256 or ES256, with a kid.',
  [DoctorCode.tokenShort]: 'Have the OAuth server give tokens that live for some minutes.',
  [DoctorCode.permissionMissing]:
    'Have the permission put into the claim "permissions" of the token, at the OAuth server.',
  [DoctorCode.clockOff]:
    'See that NTP runs on both hosts: Temporal refuses a token that its own clock calls too new or over.',
  [DoctorCode.tokenInPlaintext]:
    'Set tls, or workflow_tls_enabled beside the credentials, unless the network itself encrypts.',
};

/** What to do first about a code. */
export function hintFor(code: string): string {
  return hints[code] ?? 'The message says what to do.';
}

import { MockOAuthServer } from '../oauth/mock-oauth-server.ts';
import type { Command } from './command.ts';
import { authorityLines, portFlag, tlsFlag } from './common-flags.ts';
import { clientOf, lifetimeFlag, lifetimeOf } from './oauth-flags.ts';
import { oneOf, port, texts } from './option-values.ts';

const defaultPort = 9_000;

/** An OAuth2 authorization server. */
export const oauthCommand: Command = {
  name: 'oauth',
  summary: 'An OAuth2 authorization server: client credentials, JWKS, discovery.',
  options: {
    port: portFlag(defaultPort),
    client: {
      type: 'string',
      value: 'id:secret',
      multiple: true,
      description: 'a client that it knows; default worker:s3cret',
    },
    lifetime: lifetimeFlag,
    permission: {
      type: 'string',
      value: 'namespace:role',
      multiple: true,
      description: 'what the tokens may do at Temporal; default default:write',
    },
    audience: { type: 'string', value: 'text', multiple: true, description: 'the claim "aud"; default none' },
    alg: { type: 'string', value: 'RS256|ES256', description: 'how tokens are signed; default RS256' },
    tls: tlsFlag,
  },
  examples: ['oauth --port 9000 --client demo:secret', 'oauth --client a:1 --client b:2 --lifetime 60'],
  async start(values, log) {
    const clients = texts(values, 'client').map(clientOf);
    const permissions = texts(values, 'permission');
    const audience = texts(values, 'audience');
    const oauth = await MockOAuthServer.start({
      port: port(values, defaultPort),
      signingAlg: oneOf(values, 'alg', ['RS256', 'ES256']),
      ...(clients.length > 0 && { clients }),
      ...(permissions.length > 0 && { permissions }),
      ...(audience.length > 0 && { audience }),
      lifetimeSeconds: lifetimeOf(values),
      tls: values['tls'] === true,
    });
    oauth.subscribe((request) => {
      log(String(request));
    });
    return {
      introduction: [
        `token endpoint: ${oauth.tokenUrl}`,
        `key set:        ${oauth.jwksUrl}`,
        `issuer:         ${oauth.issuer}`,
        ...authorityLines(oauth.caCertificate),
      ],
      stop: () => oauth.stop(),
    };
  },
};

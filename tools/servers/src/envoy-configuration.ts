/** What Envoy stands before, and whose tokens it lets in. */
export interface EnvoyRoute {
  /** The gRPC server behind it, `127.0.0.1:PORT`, in the clear. */
  readonly upstream: string;
  /** The JSON Web Key Set that tokens are checked against, over plain HTTP. */
  readonly jwksUrl: string;
  /** How long a key set is used, in seconds. Default 2. */
  readonly jwksCacheSeconds?: number;
  /** What the `iss` claim must be. Default: it is not checked. */
  readonly issuer?: string;
  /** What the `aud` claim must hold. Default: it is not checked. */
  readonly audience?: string;
  /** How long a token is good before and after its time. Default Envoy's own, 60. */
  readonly clockSkewSeconds?: number;
}

const extension = 'type.googleapis.com/envoy.extensions';

/**
 * A configuration of Envoy (API v3): one HTTP/2 listener on 127.0.0.1 whose filter `jwt_authn` wants a good token for every path, and
 * the gRPC server behind it. There is no admin interface.
 */
export function envoyConfiguration(port: number, route: EnvoyRoute): unknown {
  const connectionManager = {
    '@type': `${extension}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'grpc',
    codec_type: 'HTTP2',
    route_config: {
      virtual_hosts: [
        {
          name: 'all',
          domains: ['*'],
          // Above the 60 to 70 seconds of Temporal's polls; Envoy's own is 15.
          routes: [{ match: { prefix: '/' }, route: { cluster: 'upstream', timeout: '90s' } }],
        },
      ],
    },
    http_filters: [
      { name: 'envoy.filters.http.jwt_authn', typed_config: jwtAuthentication(route) },
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': `${extension}.filters.http.router.v3.Router` },
      },
    ],
  };
  const filter = { name: 'envoy.filters.network.http_connection_manager', typed_config: connectionManager };
  return {
    static_resources: {
      listeners: [
        {
          name: 'grpc',
          address: socketAddress('127.0.0.1', port),
          filter_chains: [{ filters: [filter] }],
        },
      ],
      clusters: [
        {
          ...cluster('upstream', `http://${route.upstream}`),
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              '@type': `${extension}.upstreams.http.v3.HttpProtocolOptions`,
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
        },
        cluster('jwks', route.jwksUrl),
      ],
    },
  };
}

function jwtAuthentication(route: EnvoyRoute): unknown {
  const { jwksUrl, jwksCacheSeconds = 2, issuer, audience, clockSkewSeconds } = route;
  return {
    '@type': `${extension}.filters.http.jwt_authn.v3.JwtAuthentication`,
    providers: {
      oauth: {
        forward: true,
        remote_jwks: {
          http_uri: { uri: jwksUrl, cluster: 'jwks', timeout: '5s' },
          cache_duration: `${jwksCacheSeconds}s`,
        },
        ...(issuer !== undefined && { issuer }),
        ...(audience !== undefined && { audiences: [audience] }),
        ...(clockSkewSeconds !== undefined && { clock_skew_seconds: clockSkewSeconds }),
      },
    },
    rules: [{ match: { prefix: '/' }, requires: { provider_name: 'oauth' } }],
  };
}

function cluster(name: string, url: string): object {
  const { hostname, port } = new URL(url);
  const endpoint = { address: socketAddress(hostname, Number(port)) };
  return {
    name,
    type: 'STATIC',
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint }] }] },
  };
}

function socketAddress(address: string, port: number): unknown {
  return { socket_address: { address, port_value: port } };
}

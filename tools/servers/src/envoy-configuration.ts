/** What Envoy stands before, and whose tokens it lets in. */
export interface EnvoyRoute {
  /** The gRPC server behind it, `127.0.0.1:PORT`, in the clear; several take turns at the calls. */
  readonly upstream: string | readonly string[];
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
  /** Whether each upstream has to take a TCP connection each second, or gets no calls. Default false. */
  readonly healthChecks?: boolean;
}

/** Where Envoy listens on 127.0.0.1. */
export interface EnvoyPorts {
  readonly main: number;
  /** Of the admin interface. */
  readonly admin: number;
}

/** Without a panic threshold of 0 Envoy goes on with what is down as soon as all is down. */
const checkedEachSecond = {
  common_lb_config: { healthy_panic_threshold: { value: 0 } },
  health_checks: [
    {
      ...{ timeout: '1s', interval: '1s', no_traffic_interval: '1s' },
      ...{ unhealthy_threshold: 2, healthy_threshold: 1, tcp_health_check: {} },
    },
  ],
};

const extension = 'type.googleapis.com/envoy.extensions';

/**
 * A configuration of Envoy (API v3): one HTTP/2 listener on 127.0.0.1 whose filter `jwt_authn` wants a good token for every path, and
 * the gRPC server behind it.
 */
export function envoyConfiguration(ports: EnvoyPorts, route: EnvoyRoute): unknown {
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
    admin: { address: socketAddress('127.0.0.1', ports.admin) },
    static_resources: {
      listeners: [
        {
          name: 'grpc',
          address: socketAddress('127.0.0.1', ports.main),
          filter_chains: [{ filters: [filter] }],
        },
      ],
      clusters: [
        {
          ...cluster('upstream', [route.upstream].flat()),
          ...(route.healthChecks === true && checkedEachSecond),
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              '@type': `${extension}.upstreams.http.v3.HttpProtocolOptions`,
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
        },
        cluster('jwks', [new URL(route.jwksUrl).host]),
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

function cluster(name: string, hosts: readonly string[]): object {
  const endpoints = hosts.map((host) => {
    const { hostname, port } = new URL(`http://${host}`);
    return { endpoint: { address: socketAddress(hostname, Number(port)) } };
  });
  return {
    name,
    type: 'STATIC',
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: endpoints }] },
  };
}

function socketAddress(address: string, port: number): unknown {
  return { socket_address: { address, port_value: port } };
}

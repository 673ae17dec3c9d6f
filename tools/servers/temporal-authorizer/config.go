package main

import (
	"fmt"
	"math/rand"
	"os"
	"time"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/membership/static"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/schema/sqlite"
	"go.temporal.io/server/temporal"
)

type temporalConfig = config.Config

const (
	frontend         = primitives.FrontendService
	internalFrontend = primitives.InternalFrontendService
	clusterName      = "active"
	// Over HTTP: as by default, and at the internal frontend, where Nexus operations say that they ended.
	frontendHTTP   = "frontend-http"
	nexusCallbacks = "nexus-callbacks"
)

type servicePorts map[string]int

func (p servicePorts) address(name primitives.ServiceName) string {
	return fmt.Sprintf("127.0.0.1:%d", p[string(name)])
}

func (p servicePorts) hosts() map[primitives.ServiceName]static.Hosts {
	hosts := map[primitives.ServiceName]static.Hosts{}
	for _, name := range temporal.Services {
		service := primitives.ServiceName(name)
		hosts[service] = static.SingleLocalHost(p.address(service))
	}
	return hosts
}

// A database in memory brings its own schema; a file gets it when it is new.
func prepareDatabase(file, namespace string) (*config.SQL, error) {
	sql := &config.SQL{PluginName: sqliteplugin.PluginName}
	isNew := true
	if file == "" {
		sql.DatabaseName = fmt.Sprint(rand.Int31())
		sql.ConnectAttributes = map[string]string{"mode": "memory", "cache": "shared"}
	} else {
		sql.DatabaseName = file
		sql.ConnectAttributes = map[string]string{"mode": "rwc"}
		if _, err := os.Stat(file); err == nil {
			isNew = false
		} else if err := sqlite.SetupSchema(sql); err != nil {
			return nil, err
		}
	}
	if !isNew {
		return sql, nil
	}
	ns, err := sqlite.NewNamespaceConfig(clusterName, namespace, false, nil)
	if err != nil {
		return nil, err
	}
	return sql, sqlite.CreateNamespaces(sql, ns)
}

// No publicClient: with an internal frontend the server's own workers use that one, and need no token.
func serverConfig(o options, ports servicePorts, sql *config.SQL) *config.Config {
	var c config.Config
	c.Global.Membership = config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: "127.0.0.1"}
	if o.jwks != "" {
		c.Global.Authorization = config.Authorization{Authorizer: "default", ClaimMapper: "default", Audience: o.audience,
			PermissionsClaimName: o.claimName, PermissionsRegex: o.permissionsRegex,
			JWTKeyProvider: config.JWTKeyProvider{KeySourceURIs: []string{o.jwks}, RefreshInterval: o.refresh}}
	}
	if o.tlsCert != "" {
		c.Global.TLS.Frontend.Server = config.ServerTLS{CertFile: o.tlsCert, KeyFile: o.tlsKey,
			ClientCAFiles: []string{o.clientCA}, RequireClientAuth: true}
	}
	c.Persistence = config.Persistence{DefaultStore: "db", VisibilityStore: "db", NumHistoryShards: 1,
		DataStores: map[string]config.DataStore{"db": {SQL: sql}}}
	c.ClusterMetadata = &cluster.Config{FailoverVersionIncrement: 10, MasterClusterName: clusterName, CurrentClusterName: clusterName,
		ClusterInformation: map[string]cluster.ClusterInformation{
			clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: ports.address(frontend)}}}
	c.DCRedirectionPolicy.Policy = "noop"
	c.Archival.History.State, c.Archival.Visibility.State = "disabled", "disabled"
	c.NamespaceDefaults.Archival.History.State, c.NamespaceDefaults.Archival.Visibility.State = "disabled", "disabled"
	c.Services = map[string]config.Service{}
	for _, name := range temporal.Services {
		c.Services[name] = config.Service{RPC: config.RPC{GRPCPort: ports[name], BindOnIP: "127.0.0.1"}}
	}
	for name, port := range map[primitives.ServiceName]string{frontend: frontendHTTP, internalFrontend: nexusCallbacks} {
		service := c.Services[string(name)]
		service.RPC.HTTPPort = ports[port]
		c.Services[string(name)] = service
	}
	return &c
}

// One Temporal process with the default JWT authorizer and claim mapper: the frontend checks every call, as in production.
// It prints one line of JSON on standard output when it serves, and stops cleanly on SIGTERM.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/temporal"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

type options struct {
	jwks, audience, namespace, database string
	tlsCert, tlsKey, clientCA           string
	claimName, permissionsRegex         string
	refresh, maxConnectionAge           time.Duration
	port, uiPort                        int
	dynamicConfig                       dynamicconfig.StaticClient
}

// What the caller reads to know that the server is up.
type readiness struct {
	Frontend string `json:"frontend"`
	// Admits everybody as administrator: for the web UI and the server's own workers, on loopback only.
	InternalFrontend string `json:"internalFrontend"`
}

func main() {
	o := options{dynamicConfig: dynamicconfig.StaticClient{}}
	flag.StringVar(&o.jwks, "jwks", "", "URL of the JSON Web Key Set that tokens are checked against (required, unless client certificates are)")
	flag.DurationVar(&o.refresh, "jwks-refresh", 2*time.Second, "how often the key set is read again")
	flag.StringVar(&o.audience, "audience", "", "what the aud claim must hold; empty: it is not checked")
	flag.StringVar(&o.claimName, "permissions-claim-name", "", "the claim that holds the permissions; empty: permissions")
	flag.StringVar(&o.permissionsRegex, "permissions-regex", "", "what a permission looks like; empty: namespace:role")
	flag.StringVar(&o.namespace, "namespace", "default", "the namespace that exists from the start")
	flag.StringVar(&o.database, "db", "", "SQLite file; empty: in memory")
	flag.IntVar(&o.port, "port", 0, "the frontend's port; 0: chosen by the system")
	flag.IntVar(&o.uiPort, "ui-port", 0, "the web UI's port; 0: no web UI")
	flag.StringVar(&o.tlsCert, "tls-cert", "", "the frontend's certificate, PEM file; empty: no TLS")
	flag.StringVar(&o.tlsKey, "tls-key", "", "its key")
	flag.StringVar(&o.clientCA, "client-ca", "", "the authority of the client certificates that are required; without -jwks they alone decide")
	flag.DurationVar(&o.maxConnectionAge, "max-connection-age", 5*time.Minute, "after how long a connection has to be made anew")
	flag.Func("dynamic-config-value", "a setting of Temporal's dynamic config as name=JSON; may be repeated", o.setDynamicConfig)
	flag.Parse()
	if o.jwks == "" && o.clientCA == "" {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (o options) setDynamicConfig(setting string) error {
	name, text, _ := strings.Cut(setting, "=")
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return err
	}
	// Temporal takes no number with a point for a whole one.
	if number, isNumber := value.(float64); isNumber && number == math.Trunc(number) {
		value = int(number)
	}
	o.dynamicConfig[dynamicconfig.MakeKey(name)] = value
	return nil
}

func run(o options) error {
	o.dynamicConfig[dynamicconfig.KeepAliveMaxConnectionAge.Key()] = o.maxConnectionAge
	ports, err := choosePorts(o.port)
	if err != nil {
		return err
	}
	sql, err := prepareDatabase(o.database, o.namespace)
	if err != nil {
		return err
	}
	c := serverConfig(o, ports, sql)
	lg := log.NewZapLogger(log.BuildZapLogger(log.Config{Stdout: false, Level: "warn"}))
	az, err := authorization.GetAuthorizerFromConfig(&c.Global.Authorization)
	if err != nil {
		return err
	}
	cm, err := authorization.GetClaimMapperFromConfig(&c.Global.Authorization, lg)
	if err != nil {
		return err
	}
	aud, err := authorization.GetAudienceMapperFromConfig(&c.Global.Authorization)
	if err != nil {
		return err
	}
	s, err := temporal.NewServer(temporal.WithConfig(c), temporal.ForServices(temporal.Services),
		temporal.WithStaticHosts(ports.hosts()), temporal.WithLogger(lg), temporal.WithAuthorizer(az),
		temporal.WithDynamicConfigClient(o.dynamicConfig),
		temporal.WithClaimMapper(func(*temporalConfig) authorization.ClaimMapper { return cm }),
		temporal.WithAudienceGetter(func(*temporalConfig) authorization.JWTAudienceMapper { return aud }))
	if err != nil {
		return err
	}
	if err := s.Start(); err != nil {
		return err
	}
	ready := readiness{Frontend: ports.address(frontend), InternalFrontend: ports.address(internalFrontend)}
	if err := awaitNamespace(ready.InternalFrontend, o.namespace); err != nil {
		return err
	}
	if o.uiPort != 0 {
		serveUI(o.uiPort, ready.InternalFrontend, o.namespace)
	}
	if err := json.NewEncoder(os.Stdout).Encode(ready); err != nil {
		return err
	}
	<-temporal.InterruptCh()
	return s.Stop()
}

// The server is up when a real request about the namespace is answered.
func awaitNamespace(address, namespace string) error {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	client := workflowservice.NewWorkflowServiceClient(conn)
	for {
		_, err = client.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("namespace %s is not served: %w", namespace, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Different free ports: all are held until the last one is chosen.
func choosePorts(frontendPort int) (servicePorts, error) {
	ports := servicePorts{}
	for _, name := range append(slices.Clone(temporal.Services), frontendHTTP, nexusCallbacks) {
		want := 0
		if name == string(frontend) {
			want = frontendPort
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", want))
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports[name] = l.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}

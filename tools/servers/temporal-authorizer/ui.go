package main

import (
	"fmt"
	"os"

	"github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
)

// The web UI shows what it reads through the internal frontend: a person who looks needs no token.
func serveUI(port int, address, namespace string) {
	ui := server.NewServer(server_options.WithConfigProvider(&uiconfig.Config{
		Host: "127.0.0.1", Port: port, TemporalGRPCAddress: address, EnableUI: true,
		DefaultNamespace: namespace, DisableNewsFetch: true, HideLogs: true,
		CORS: uiconfig.CORS{CookieInsecure: true},
	}))
	go func() {
		if err := ui.Start(); err != nil {
			fmt.Fprintln(os.Stderr, "web UI:", err)
		}
	}()
}

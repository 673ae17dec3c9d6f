// A Dapr sidecar with secret stores only: the runtime and the components are Dapr's own modules, unchanged.
package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/dapr/components-contrib/secretstores/aws/secretmanager"
	"github.com/dapr/components-contrib/secretstores/azure/keyvault"
	"github.com/dapr/components-contrib/secretstores/hashicorp/vault"
	"github.com/dapr/components-contrib/secretstores/kubernetes"
	"github.com/dapr/components-contrib/secretstores/local/env"
	"github.com/dapr/components-contrib/secretstores/local/file"
	"github.com/dapr/dapr/pkg/components/bindings"
	"github.com/dapr/dapr/pkg/components/configuration"
	"github.com/dapr/dapr/pkg/components/lock"
	"github.com/dapr/dapr/pkg/components/middleware/http"
	"github.com/dapr/dapr/pkg/components/nameresolution"
	"github.com/dapr/dapr/pkg/components/pubsub"
	"github.com/dapr/dapr/pkg/components/secretstores"
	"github.com/dapr/dapr/pkg/components/state"
	"github.com/dapr/dapr/pkg/runtime"
	"github.com/dapr/kit/logger"
)

func main() {
	log := logger.NewLogger("dapr.runtime")
	sidecar, err := runtime.FromFlags()
	if err != nil {
		log.Fatal(err)
	}
	useLogger(logger.NewLogger("dapr.contrib"))
	stores := secretstores.DefaultRegistry
	stores.RegisterComponent(env.NewEnvSecretStore, "local.env")
	stores.RegisterComponent(file.NewLocalSecretStore, "local.file")
	stores.RegisterComponent(vault.NewHashiCorpVaultSecretStore, "hashicorp.vault")
	stores.RegisterComponent(kubernetes.NewKubernetesSecretStore, "kubernetes")
	stores.RegisterComponent(secretmanager.NewSecretManager, "aws.secretmanager")
	stores.RegisterComponent(keyvault.NewAzureKeyvaultSecretStore, "azure.keyvault")

	// The runtime asks every registry, also those that stay empty.
	err = sidecar.Run(
		runtime.WithSecretStores(stores),
		runtime.WithStates(state.DefaultRegistry),
		runtime.WithConfigurations(configuration.DefaultRegistry),
		runtime.WithLocks(lock.DefaultRegistry),
		runtime.WithPubSubs(pubsub.DefaultRegistry),
		runtime.WithNameResolutions(nameresolution.DefaultRegistry),
		runtime.WithBindings(bindings.DefaultRegistry),
		runtime.WithHTTPMiddlewares(http.DefaultRegistry),
	)
	if err != nil {
		log.Fatal(err)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, os.Interrupt)
	<-stop
	sidecar.ShutdownWithWait()
}

// A registry without a logger panics when it is asked.
func useLogger(log logger.Logger) {
	secretstores.DefaultRegistry.Logger = log
	state.DefaultRegistry.Logger = log
	configuration.DefaultRegistry.Logger = log
	lock.DefaultRegistry.Logger = log
	pubsub.DefaultRegistry.Logger = log
	nameresolution.DefaultRegistry.Logger = log
	bindings.DefaultRegistry.Logger = log
	http.DefaultRegistry.Logger = log
}

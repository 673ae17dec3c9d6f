// A worker as a user writes one, for `steady` of e2e/src/proxied/workflows.ts: ADDRESS QUEUE JOURNAL [TOKEN_FILE]. The file is read for each call.
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"log/slog"
	"math"
	"os"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

type journal string

func (path journal) step(ctx context.Context, id string, seconds float64) (string, error) {
	file, err := os.OpenFile(string(path), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return "", err
	}
	defer file.Close()
	if _, err := fmt.Fprintln(file, id); err != nil {
		return "", err
	}
	for range max(1, int(math.Round(seconds*2))) {
		activity.RecordHeartbeat(ctx, id)
		time.Sleep(time.Duration(min(0.5, seconds) * float64(time.Second)))
	}
	return id, nil
}

func steady(ctx workflow.Context, id string, seconds, heartbeatSeconds float64) (string, error) {
	options := workflow.ActivityOptions{
		StartToCloseTimeout: 5 * time.Minute,
		HeartbeatTimeout:    time.Duration(heartbeatSeconds * float64(time.Second)),
	}
	var done string
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), "step", id, seconds).Get(ctx, &done)
	return done, err
}

func dial(address string, token []string) (client.Client, error) {
	logger := sdklog.NewStructuredLogger(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if len(token) == 0 {
		return client.Dial(client.Options{HostPort: address, Logger: logger})
	}
	path := token[0]
	return client.Dial(client.Options{
		HostPort:          address,
		Logger:            logger,
		Credentials:       client.NewAPIKeyDynamicCredentials(tokenFile(path)),
		ConnectionOptions: client.ConnectionOptions{TLSDisabled: true},
	})
}

// For its test: prints what it reads for each line of the input.
func readTokens(path string) {
	read := tokenFile(path)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		token, err := read(context.Background())
		fmt.Println(token, err != nil)
	}
}

func main() {
	if os.Args[1] == "read" {
		readTokens(os.Args[2])
		return
	}
	temporal, err := dial(os.Args[1], os.Args[4:])
	if err != nil {
		log.Fatalln(err)
	}
	defer temporal.Close()
	works := worker.New(temporal, os.Args[2], worker.Options{
		WorkerStopTimeout: 20 * time.Second,
		OnFatalError:      func(err error) { log.Fatalln(err) },
	})
	works.RegisterWorkflow(steady)
	works.RegisterActivityWithOptions(journal(os.Args[3]).step, activity.RegisterOptions{Name: "step"})
	if err := works.Start(); err != nil {
		log.Fatalln(err)
	}
	fmt.Println("running")
	<-worker.InterruptCh()
	works.Stop()
}

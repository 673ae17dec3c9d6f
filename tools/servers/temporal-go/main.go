// A worker of Temporal's SDK for Go whose token is in a file that an agent keeps fresh. It runs a workflow each half second until FILE.stop exists.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

func countRows(_ context.Context, table string) (int, error) {
	time.Sleep(200 * time.Millisecond)
	return len(table), nil
}

func extract(ctx workflow.Context, table string) (int, error) {
	options := workflow.ActivityOptions{StartToCloseTimeout: time.Minute}
	var rows int
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), countRows, table).Get(ctx, &rows)
	return rows, err
}

// The file is read for each call.
func dial(address, tokenFile string) (client.Client, error) {
	return client.Dial(client.Options{
		HostPort: address,
		Credentials: client.NewAPIKeyDynamicCredentials(func(context.Context) (string, error) {
			token, err := os.ReadFile(tokenFile)
			return string(token), err
		}),
		ConnectionOptions: client.ConnectionOptions{TLSDisabled: true},
	})
}

func main() {
	address, tokenFile := os.Args[1], os.Args[2]
	temporal, err := dial(address, tokenFile)
	if err != nil {
		log.Fatalln(err)
	}
	defer temporal.Close()
	works := worker.New(temporal, "go", worker.Options{})
	works.RegisterWorkflow(extract)
	works.RegisterActivity(countRows)
	if err := works.Start(); err != nil {
		log.Fatalln(err)
	}
	defer works.Stop()
	for number := 0; ; number++ {
		if _, err := os.Stat(tokenFile + ".stop"); err == nil {
			return
		}
		options := client.StartWorkflowOptions{ID: fmt.Sprintf("go-%d", number), TaskQueue: "go"}
		run, err := temporal.ExecuteWorkflow(context.Background(), options, extract, "orders")
		if err != nil {
			log.Fatalln(err)
		}
		if err := run.Get(context.Background(), nil); err != nil {
			log.Fatalln(err)
		}
		fmt.Println(number)
		time.Sleep(500 * time.Millisecond)
	}
}

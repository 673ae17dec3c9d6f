// A worker of Temporal's SDK for Go whose token is in a file that an agent keeps fresh. It runs a workflow each half second until FILE.stop exists; with `serve` it works for others until a signal.
package main

import (
	"bufio"
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

func dial(address, path string) (client.Client, error) {
	return client.Dial(client.Options{
		HostPort:          address,
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
	address, path := os.Args[1], os.Args[2]
	if address == "read" {
		readTokens(path)
		return
	}
	temporal, err := dial(address, path)
	if err != nil {
		log.Fatalln(err)
	}
	defer temporal.Close()
	works := worker.New(temporal, "go", worker.Options{})
	works.RegisterWorkflow(extract)
	works.RegisterActivity(countRows)
	if len(os.Args) > 3 && os.Args[3] == "serve" {
		if err := works.Run(worker.InterruptCh()); err != nil {
			log.Fatalln(err)
		}
		return
	}
	if err := works.Start(); err != nil {
		log.Fatalln(err)
	}
	defer works.Stop()
	for number := 0; ; number++ {
		if _, err := os.Stat(path + ".stop"); err == nil {
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

package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
)

// tokenFile gives the token in a file for each call: the last one while the file is away, empty or cannot be read.
func tokenFile(path string) func(context.Context) (string, error) {
	var last atomic.Pointer[string]
	return func(context.Context) (string, error) {
		text, err := os.ReadFile(path)
		if token := strings.TrimSpace(string(text)); err == nil && token != "" {
			last.Store(&token)
		}
		if token := last.Load(); token != nil {
			return *token, nil
		}
		return "", fmt.Errorf("no token in %s yet (%v)", path, err)
	}
}

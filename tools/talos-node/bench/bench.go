// Package bench is what programs have in common that play machines for tests: a control of the machines, and a life that ends by
// itself.
package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// Run does the work of a program until it is told to end, for so long at most, or until who has started it is gone: nobody else
// would end it then.
func Run(name string, life time.Duration, work func(ctx context.Context) error) {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()

	ctx, stop := context.WithTimeout(ctx, life)
	defer stop()

	go func() {
		for parent := os.Getppid(); os.Getppid() == parent; time.Sleep(time.Second) {
		}

		stop()
	}()

	if err := work(ctx); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1) //nolint:gocritic // nothing is to be tidied up
	}
}

// Control serves the control of machines at a socket in the folder.
func Control(folder string, handler http.Handler) error {
	control, err := net.Listen("unix", filepath.Join(folder, "control.sock"))
	if err != nil {
		return fmt.Errorf("control: %w", err)
	}

	go http.Serve(control, handler) //nolint:errcheck,gosec // ends with the process

	return nil
}

// Send answers a request.
func Send(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(body) //nolint:errcheck,errchkjson // the client is gone then
}

// Command omni-bench runs a real Omni with machines that it can manage, all in the network namespace that it is started in: it
// takes the loopback interface, /dev/net/tun and the interface name `siderolink` for itself. Outside, Omni and the control of the
// machines are reached through sockets in a folder.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"tools/talos-node/node"
)

func main() {
	omni := flag.String("omni", "", "program of the Omni server")
	folder := flag.String("folder", "", "empty folder for its data, its key and the sockets")
	life := flag.Duration("life", 30*time.Minute, "ends by itself after this time")
	eula := flag.Bool("eula", true, "accept the licence agreement of Omni for this test")
	flag.Parse()

	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()

	ctx, stop := context.WithTimeout(ctx, *life)
	defer stop()

	go func() {
		// Who has started this may be killed, and nobody else would end it.
		for parent := os.Getppid(); os.Getppid() == parent; time.Sleep(time.Second) {
		}

		stop()
	}()

	if err := run(ctx, *omni, *folder, *eula); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "omni-bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, omni, folder string, eula bool) error {
	if err := prepareSockets(); err != nil {
		return err
	}

	if err := prepareNetwork(); err != nil {
		return err
	}

	world := node.NewWorld()

	factory, err := serveFactory(ctx, world)
	if err != nil {
		return err
	}

	server, err := startOmni(ctx, omni, folder, factory, eula)
	if err != nil {
		return err
	}

	machines := newMachines(world)

	control, err := net.Listen("unix", filepath.Join(folder, "control.sock"))
	if err != nil {
		return fmt.Errorf("control: %w", err)
	}

	go http.Serve(control, machines.handler(ctx)) //nolint:errcheck,gosec // ends with the process

	if err = forward(ctx, filepath.Join(folder, "omni.sock"), apiAddress); err != nil {
		return err
	}

	fmt.Println("ready")

	select {
	case <-ctx.Done():
		machines.powerOffAll()

		return server.end()
	case <-server.ended:
		return fmt.Errorf("omni has ended; see %s", filepath.Join(folder, "omni.log"))
	}
}

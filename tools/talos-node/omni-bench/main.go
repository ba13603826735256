// Command omni-bench runs a real Omni with machines that it can manage, all in the network namespace that it is started in: it
// takes the loopback interface, /dev/net/tun and the interface name `siderolink` for itself. Outside, Omni and the control of the
// machines are reached through sockets in a folder.
package main

import (
	"context"
	"flag"
	"fmt"
	"path/filepath"
	"time"

	"tools/talos-node/bench"
	"tools/talos-node/node"
)

func main() {
	omni := flag.String("omni", "", "program of the Omni server")
	folder := flag.String("folder", "", "empty folder for its data, its key and the sockets")
	life := flag.Duration("life", 30*time.Minute, "ends by itself after this time")
	eula := flag.Bool("eula", true, "accept the licence agreement of Omni for this test")
	flag.Parse()

	bench.Run("omni-bench", *life, func(ctx context.Context) error { return run(ctx, *omni, *folder, *eula) })
}

func run(ctx context.Context, omni, folder string, eula bool) error {
	if err := prepareSockets(); err != nil {
		return err
	}

	if err := prepareNetwork(); err != nil {
		return err
	}

	world := node.NewWorld()
	world.ManagerIsAdmin = true

	factory, err := serveFactory(ctx, world)
	if err != nil {
		return err
	}

	server, err := startOmni(ctx, omni, folder, factory, eula)
	if err != nil {
		return err
	}

	machines := &bench.Machines{World: world, Connect: newLink}
	if err = bench.Control(folder, machines.Handler(ctx)); err != nil {
		return err
	}

	if err = forward(ctx, filepath.Join(folder, "omni.sock"), apiAddress); err != nil {
		return err
	}

	fmt.Println("ready")

	select {
	case <-ctx.Done():
		machines.PowerOff()

		return server.end()
	case <-server.ended:
		return fmt.Errorf("omni has ended; see %s", filepath.Join(folder, "omni.log"))
	}
}

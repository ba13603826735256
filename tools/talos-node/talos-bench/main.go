// Command talos-bench plays any number of machines that run Talos, each at an address of its own in 127.0.0.0/8. A test controls
// them through a socket in a folder.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/netip"
	"time"

	"google.golang.org/protobuf/proto"

	"tools/talos-node/bench"
	"tools/talos-node/node"
)

func main() {
	folder := flag.String("folder", "", "empty folder for the socket")
	programs := flag.String("kubernetes", "", "folder of etcd, kube-apiserver and more, to run below the machines")
	life := flag.Duration("life", 30*time.Minute, "ends by itself after this time")
	flag.Parse()

	bench.Run("talos-bench", *life, func(ctx context.Context) error {
		world := node.NewWorld()
		if *programs != "" {
			world.Programs = &node.Programs{Folder: *programs, Data: *folder}
			defer world.Programs.Wait()
		}

		machines := &bench.Machines{World: world, Connect: connect}
		if err := bench.Control(*folder, machines.Handler(ctx)); err != nil {
			return err
		}

		fmt.Println("ready")
		<-ctx.Done()
		machines.PowerOff()

		return nil
	})
}

// cable leads nowhere but to the address of the machine: nobody manages it from afar.
type cable netip.Addr

func connect(order bench.Order) (bench.Line, error) {
	address, err := netip.ParseAddr(order.Address)
	if err != nil {
		return nil, fmt.Errorf("address of %s: %w", order.ID, err)
	}

	return cable(address), nil
}

func (c cable) Up(context.Context) error { return nil }
func (c cable) Down()                    {}
func (c cable) Lost() error              { return nil }
func (c cable) Address() netip.Addr      { return netip.Addr(c) }
func (c cable) Tell(proto.Message)       {}

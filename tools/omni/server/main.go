// Command omni-server is an Omni for tests: the real omnictl talks to it. It keeps resources in memory, checks signatures, refuses what
// Omni refuses, and lets the statuses of clusters follow. The first line of its output says, as JSON, where it is.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/cosi-project/runtime/api/v1alpha1"
	"github.com/cosi-project/runtime/pkg/state/protobuf/server"
	"google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/keepalive"

	_ "github.com/siderolabs/proto-codec/codec"
)

func main() {
	readyAfter := flag.Duration("ready-after", time.Second, "time until a cluster with connected machines is healthy")
	maxLife := flag.Duration("max-life", 10*time.Minute, "the server ends itself after this time")
	discovery := flag.Bool("embedded-discovery", true, "the discovery service of Omni is enabled")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	ctx, cancel := context.WithTimeout(ctx, *maxLife)
	defer cancel()

	go endWithParent(cancel)

	if err := serve(ctx, *readyAfter, *discovery); err != nil {
		log.Fatal(err)
	}
}

// serve runs the server until the context ends.
func serve(ctx context.Context, readyAfter time.Duration, discovery bool) error {
	store, err := newStore(ctx)
	if err != nil {
		return err
	}

	accounts, keys, err := newAccounts("Operator", "Reader")
	if err != nil {
		return err
	}

	api, err := listen()
	if err != nil {
		return err
	}

	controlListener, err := listen()
	if err != nil {
		return err
	}

	faults := &faults{}
	machines := &machines{store: store, all: map[string]*machine{}}
	rules := &rules{CoreState: store.core, store: store, machines: machines, faults: faults, discovery: discovery}
	gate := &gate{accounts: accounts, faults: faults}

	controller := &controller{
		outdated: map[string]int{}, nextUpgrade: map[string]time.Time{}, leaving: map[string]membership{},
		store: store, machines: machines, faults: faults, readyAfter: readyAfter, written: map[string]writtenFor{},
	}

	control := &control{
		ctx: ctx, store: store, machines: machines, rules: rules, faults: faults, controller: controller,
	}

	go controller.run(ctx)

	srv := grpc.NewServer(
		grpc.UnaryInterceptor(gate.unary),
		grpc.StreamInterceptor(gate.stream),
		grpc.MaxRecvMsgSize(64<<20),
		// The client pings once a minute.
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second}),
	)
	v1alpha1.RegisterStateServer(srv, server.NewState(rules))

	go srv.Serve(&droppable{Listener: api, gate: gate}) //nolint:errcheck // ends with Stop
	go http.Serve(controlListener, control.handler())   //nolint:errcheck,gosec // ends with the process
	defer srv.Stop()

	if err = json.NewEncoder(os.Stdout).Encode(map[string]any{
		"endpoint": "http://" + api.Addr().String(),
		"control":  "http://" + controlListener.Addr().String(),
		"keys":     map[string]string{"operator": keys["Operator"], "reader": keys["Reader"]},
	}); err != nil {
		return err
	}

	<-ctx.Done()

	return nil
}

func listen() (net.Listener, error) {
	return net.Listen("tcp", "127.0.0.1:0")
}

// endWithParent ends the server when the process that has started it is gone: a test that was killed leaves nothing behind.
func endWithParent(end func()) {
	parent := os.Getppid()

	for os.Getppid() == parent {
		time.Sleep(time.Second)
	}

	end()
}

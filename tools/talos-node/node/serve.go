package node

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"time"

	"github.com/cosi-project/runtime/api/v1alpha1"
	cosiserver "github.com/cosi-project/runtime/pkg/state/protobuf/server"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	storageapi "github.com/siderolabs/talos/pkg/machinery/api/storage"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// Ports of a machine.
const (
	apiPort  = 50000
	kubePort = 6443
)

// serve listens until the context ends, and brings a configured machine up to running. The caller holds `busy`.
func (m *Machine) serve(ctx context.Context) error {
	m.mu.Lock()
	cfg := m.config
	m.mu.Unlock()

	if cfg == nil {
		certificate, err := serverCertificate(nil, "maintenance", []net.IP{m.address.AsSlice()}, nil)
		if err != nil {
			return err
		}

		if err = m.serveAPI(ctx, &tls.Config{Certificates: []tls.Certificate{certificate}}); err != nil {
			return err
		}

		m.setStage(runtime.MachineStageMaintenance, true)

		return nil
	}

	go m.start(ctx, cfg)

	return nil
}

// start is what Talos does with a configuration at boot.
func (m *Machine) start(ctx context.Context, cfg config.Provider) {
	own, err := parseIssuer(cfg.Machine().Security().IssuingCA())
	if err != nil {
		fmt.Println(m.spec.ID, err)

		return
	}

	in := m.world.cluster(cfg.Cluster().ID())

	if own.key != nil {
		in.mu.Lock()
		in.issuer = own
		in.mu.Unlock()
	}

	// A worker asks a control plane to sign for it.
	authority, ok := waitFor(ctx, func() (issuer, bool) {
		in.mu.Lock()
		defer in.mu.Unlock()

		return in.issuer, in.issuer.key != nil
	})
	if !ok {
		return
	}

	certificate, err := serverCertificate(&authority, m.View().Hostname, m.ips(), nil)
	if err != nil {
		fmt.Println(m.spec.ID, err)

		return
	}

	clients := x509.NewCertPool()
	clients.AddCert(own.certificate)

	if err = m.serveAPI(ctx, &tls.Config{
		Certificates: []tls.Certificate{certificate}, ClientCAs: clients, ClientAuth: tls.RequireAndVerifyClientCert,
	}); err != nil {
		fmt.Println(m.spec.ID, err)

		return
	}

	m.tell(&machineapi.SequenceEvent{Sequence: "boot", Action: machineapi.SequenceEvent_START})
	m.announce()
	m.becomeReady(ctx, cfg, in)
}

// becomeReady waits for what the role needs: a control plane for etcd, all for the Kubernetes API.
func (m *Machine) becomeReady(ctx context.Context, cfg config.Provider, in *cluster) {
	if _, ok := waitFor(ctx, func() (struct{}, bool) {
		in.mu.Lock()
		defer in.mu.Unlock()

		return struct{}{}, in.bootstrapped
	}); !ok {
		return
	}

	pause(m.spec.Timing.Boot)

	if cfg.Machine().Type().IsControlPlane() {
		in.mu.Lock()
		id := in.join(m)
		in.mu.Unlock()
		m.publishMember(id)

		if err := m.serveKubernetes(ctx, cfg, in); err != nil {
			fmt.Println(m.spec.ID, err)
		}
	}

	if ctx.Err() != nil {
		return
	}

	m.joinKubernetes(cfg, in)

	m.mu.Lock()
	never := m.spec.Faults.NeverReady
	m.mu.Unlock()
	m.setStage(runtime.MachineStageRunning, !never)
}

func (m *Machine) serveAPI(ctx context.Context, settings *tls.Config) error {
	listener, ok := waitFor(ctx, func() (net.Listener, bool) {
		listener, err := m.listen(apiPort)

		return listener, err == nil
	})
	if !ok {
		return ctx.Err()
	}

	m.mu.Lock()
	st := m.state
	m.mu.Unlock()

	settings.NextProtos = []string{"h2"}
	server := grpc.NewServer(grpc.Creds(credentials.NewTLS(settings)))
	service := &service{machine: m}

	machineapi.RegisterMachineServiceServer(server, service)
	storageapi.RegisterStorageServiceServer(server, &storage{machine: m})
	v1alpha1.RegisterStateServer(server, cosiserver.NewState(st))

	go server.Serve(listener) //nolint:errcheck // Serve ends with the machine.

	go func() {
		<-ctx.Done()
		server.Stop()
	}()

	return nil
}

// ips are all addresses of the machine.
func (m *Machine) ips() []net.IP {
	ips := []net.IP{m.address.AsSlice(), net.IPv4(127, 0, 0, 1), net.IPv6loopback}

	for _, text := range m.spec.Addresses {
		if ip, _, err := net.ParseCIDR(text); err == nil {
			ips = append(ips, ip)
		}
	}

	return ips
}

// waitFor asks until there is an answer, or the machine goes down.
func waitFor[T any](ctx context.Context, ask func() (T, bool)) (T, bool) {
	for {
		if answer, ok := ask(); ok {
			return answer, true
		}

		select {
		case <-ctx.Done():
			var none T

			return none, false
		case <-time.After(50 * time.Millisecond):
		}
	}
}

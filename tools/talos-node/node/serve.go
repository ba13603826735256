package node

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/cosi-project/runtime/api/v1alpha1"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	storageapi "github.com/siderolabs/talos/pkg/machinery/api/storage"
	timeapi "github.com/siderolabs/talos/pkg/machinery/api/time"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// serve listens until the context ends, and brings a configured machine up to running. The caller holds `busy`.
func (m *Machine) serve(ctx context.Context) error {
	cfg := m.configuration()
	if cfg != nil {
		go m.start(ctx, cfg)

		return nil
	}

	certificate, err := m.serverCertificate(nil, "maintenance", nil)
	if err != nil {
		return err
	}

	settings := &tls.Config{Certificates: []tls.Certificate{certificate}} //nolint:gosec // as Talos
	if err = m.serveAPI(ctx, m.address, settings, true); err != nil {
		return err
	}

	m.setStage(runtime.MachineStageMaintenance, true)

	return nil
}

// start is what Talos does with a configuration at boot.
func (m *Machine) start(ctx context.Context, cfg config.Provider) {
	in := m.world.cluster(cfg.Cluster().ID())
	in.meet(m)

	settings, err := m.configuredTLS(ctx, cfg, in)
	if err != nil {
		fmt.Println(m.spec.ID, err)

		return
	}

	for _, address := range m.reachableAt() {
		if err = m.serveAPI(ctx, address, settings, false); err != nil {
			fmt.Println(m.spec.ID, err)

			return
		}
	}

	m.emit("", &machineapi.SequenceEvent{Sequence: "boot", Action: machineapi.SequenceEvent_START})
	m.announce()
	m.becomeReady(ctx, cfg, in)
}

// configuredTLS is signed by the authority of the configuration, and wants a certificate of the same, or of another accepted one.
func (m *Machine) configuredTLS(ctx context.Context, cfg config.Provider, in *cluster) (*tls.Config, error) {
	security := cfg.Machine().Security()

	own, err := parseIssuer(security.IssuingCA())
	if err != nil {
		return nil, err
	}

	if own.key != nil {
		kubernetes, err := parseIssuer(cfg.Cluster().IssuingCA())
		if err != nil {
			return nil, err
		}

		in.mu.Lock()
		in.issuer, in.kubernetesIssuer = own, kubernetes
		in.mu.Unlock()
	}

	// A worker asks a control plane to sign for it.
	authority, ok := waitFor(ctx, func() (issuer, bool) {
		in.mu.Lock()
		defer in.mu.Unlock()

		return in.issuer, in.issuer.key != nil
	})
	if !ok {
		return nil, errAway
	}

	certificate, err := m.serverCertificate(&authority, m.View().Hostname, security.CertSANs())
	if err != nil {
		return nil, err
	}

	clients := x509.NewCertPool()
	clients.AddCert(own.certificate)

	for _, accepted := range security.AcceptedCAs() {
		clients.AppendCertsFromPEM(accepted.Crt)
	}

	return &tls.Config{ //nolint:gosec // as Talos
		Certificates: []tls.Certificate{certificate}, ClientCAs: clients, ClientAuth: tls.RequireAndVerifyClientCert, Time: m.now,
	}, nil
}

// trusts says whether apid of this machine can talk to that of another.
func (m *Machine) trusts(other *Machine) bool {
	own, theirs := m.configuration(), other.configuration()

	return own != nil && theirs != nil &&
		slices.Equal(own.Machine().Security().IssuingCA().Crt, theirs.Machine().Security().IssuingCA().Crt)
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

	pause(m.timing().Boot)

	join := m.playKubernetes
	if m.isReal() {
		join = m.runKubernetes
	}

	if err := join(ctx, cfg, in); err != nil && ctx.Err() == nil {
		fmt.Println(m.spec.ID, err)

		return
	}

	if ctx.Err() != nil {
		return
	}

	if cfg.Machine().Type().IsControlPlane() {
		m.shareVIPs(ctx, cfg)
	}

	m.sequence("", "boot", machineapi.SequenceEvent_STOP)
	m.setStage(runtime.MachineStageRunning, !m.faults().NeverReady)
}

// playKubernetes makes the machine a node, and a member of etcd if it is a control plane.
func (m *Machine) playKubernetes(ctx context.Context, cfg config.Provider, in *cluster) error {
	if cfg.Machine().Type().IsControlPlane() {
		in.mu.Lock()
		id := in.join(m)
		in.mu.Unlock()
		m.publishMember(id)

		for _, address := range m.reachableAt() {
			if err := m.serveKubernetes(ctx, address, cfg, in); err != nil {
				fmt.Println(m.spec.ID, err)
			}
		}
	}

	if ctx.Err() == nil {
		m.joinKubernetes(cfg, in)
	}

	return nil
}

func (m *Machine) serveAPI(ctx context.Context, address netip.Addr, settings *tls.Config, maintained bool) error {
	listener, err := bind(ctx, address, m.spec.APIPort)
	if err != nil {
		return err
	}

	settings = settings.Clone()
	settings.NextProtos = []string{"h2"}
	own := &route{self: m, maintained: maintained}
	server := grpc.NewServer(
		grpc.Creds(credentials.NewTLS(settings)), grpc.UnaryInterceptor(own.unary), grpc.StreamInterceptor(own.stream),
	)

	machineapi.RegisterMachineServiceServer(server, m.world.machineService())
	storageapi.RegisterStorageServiceServer(server, &storage{})
	timeapi.RegisterTimeServiceServer(server, &clock{})
	v1alpha1.RegisterStateServer(server, &resourceState{})

	if m.minor() >= streamingUpgrades {
		machineapi.RegisterImageServiceServer(server, &images{})
		machineapi.RegisterLifecycleServiceServer(server, &lifecycle{})
	}

	m.mu.Lock()
	m.listeners++
	m.mu.Unlock()

	go server.Serve(&patient{Listener: listener, machine: m}) //nolint:errcheck // Serve ends with the machine.

	go func() {
		<-ctx.Done()
		server.Stop()
	}()

	return nil
}

func (m *Machine) minor() int {
	m.mu.Lock()
	defer m.mu.Unlock()

	return m.booted.minor()
}

// patient is a listener that takes connections without handing them on, while the machine hangs.
type patient struct {
	net.Listener

	machine *Machine
}

func (p *patient) Accept() (net.Conn, error) {
	conn, err := p.Listener.Accept()
	if err != nil {
		return nil, err //nolint:wrapcheck // the server looks for the kind of it
	}

	for p.machine.faults().Hangs && p.machine.listens() {
		time.Sleep(50 * time.Millisecond)
	}

	return conn, nil
}

// reachableAt are the addresses that the API is served at.
func (m *Machine) reachableAt() []netip.Addr {
	return []netip.Addr{m.address}
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

package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/cosi-project/runtime/api/v1alpha1"
	"github.com/cosi-project/runtime/pkg/safe"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/cosi-project/runtime/pkg/state/protobuf/client"
	"github.com/siderolabs/omni/client/pkg/jointoken"
	resources "github.com/siderolabs/omni/client/pkg/omni/resources/siderolink"
	events "github.com/siderolabs/siderolink/api/events"
	pb "github.com/siderolabs/siderolink/api/siderolink"
	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/device"
	"golang.zx2c4.com/wireguard/tun"
	"golang.zx2c4.com/wireguard/wgctrl"
	"golang.zx2c4.com/wireguard/wgctrl/wgtypes"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"tools/talos-node/bench"
)

// joinToken asks Omni for the token that its installation media carry: on this machine it tells it to anybody.
func joinToken(ctx context.Context) (string, error) {
	connection, err := grpc.NewClient(stateAddress, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return "", fmt.Errorf("state of omni: %w", err)
	}

	defer connection.Close() //nolint:errcheck

	st := state.WrapCore(client.NewAdapter(v1alpha1.NewStateClient(connection)))

	token, err := safe.StateGetByID[*resources.DefaultJoinToken](ctx, st, resources.DefaultJoinTokenID)
	if err != nil {
		return "", fmt.Errorf("join token: %w", err)
	}

	return token.TypedSpec().Value.TokenId, nil
}

// link is the SideroLink of one machine. Omni counts a machine as connected while it answers WireGuard handshakes: these are
// real. The traffic itself takes the loopback interface, which has the machine's address; the tunnel would only be slower.
type link struct {
	id      string
	talos   string
	key     wgtypes.Key
	unique  string
	address netip.Addr
	server  netip.Addr

	mu     sync.Mutex
	tunnel *device.Device
	// sending has begun.
	sending sync.Once
	// queue of events, in order.
	queue chan proto.Message
}

func newLink(order bench.Order) (bench.Line, error) {
	key, err := wgtypes.GeneratePrivateKey()
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}

	random := make([]byte, 16)
	if _, err = rand.Read(random); err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}

	unique, err := jointoken.NewNodeUniqueToken(hex.EncodeToString([]byte(order.ID)), hex.EncodeToString(random)).Encode()
	if err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}

	return &link{id: order.ID, talos: order.Talos, key: key, unique: unique, queue: make(chan proto.Message, 100)}, nil
}

// Address is known as soon as it is up.
func (l *link) Address() netip.Addr { return l.address }

// Up registers the machine and connects it.
func (l *link) Up(ctx context.Context) error {
	token, err := joinToken(ctx)
	if err != nil {
		return err
	}

	connection, err := grpc.NewClient(machineAddress,
		grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{InsecureSkipVerify: true}))) //nolint:gosec // as with a test CA
	if err != nil {
		return fmt.Errorf("machine API: %w", err)
	}

	defer connection.Close() //nolint:errcheck

	answer, err := pb.NewProvisionServiceClient(connection).Provision(ctx, &pb.ProvisionRequest{
		NodeUuid: l.id, NodePublicKey: l.key.PublicKey().String(), JoinToken: &token, NodeUniqueToken: &l.unique,
		TalosVersion: &l.talos,
	})
	if err != nil {
		return fmt.Errorf("join: %w", err)
	}

	prefix, err := netip.ParsePrefix(answer.NodeAddressPrefix)
	if err != nil {
		return fmt.Errorf("address of the machine: %w", err)
	}

	if l.server, err = netip.ParseAddr(answer.ServerAddress); err != nil {
		return fmt.Errorf("address of the server: %w", err)
	}

	l.address = prefix.Addr()

	if err = setAddress(l.address, true); err != nil {
		return err
	}

	return l.connect(ctx, answer)
}

func (l *link) connect(ctx context.Context, answer *pb.ProvisionResponse) error {
	server, err := wgtypes.ParseKey(answer.ServerPublicKey)
	if err != nil {
		return fmt.Errorf("key of the server: %w", err)
	}

	tunnel := device.NewDevice(newSink(), conn.NewStdNetBind(), device.NewLogger(device.LogLevelSilent, ""))

	if err = tunnel.IpcSet(fmt.Sprintf(
		"private_key=%s\npublic_key=%s\nendpoint=%s\npersistent_keepalive_interval=5\nallowed_ip=%s/128\n",
		hex.EncodeToString(l.key[:]), hex.EncodeToString(server[:]), answer.GetServerEndpoint()[0], answer.ServerAddress,
	)); err != nil {
		return fmt.Errorf("tunnel: %w", err)
	}

	if err = tunnel.Up(); err != nil {
		return fmt.Errorf("tunnel: %w", err)
	}

	l.mu.Lock()
	l.tunnel = tunnel
	l.mu.Unlock()
	l.sending.Do(func() { go l.send(ctx) })

	return nil
}

// Down is a plug that is pulled.
func (l *link) Down() {
	l.mu.Lock()
	tunnel := l.tunnel
	l.tunnel = nil
	l.mu.Unlock()

	if tunnel != nil {
		tunnel.Close()
		setAddress(l.address, false) //nolint:errcheck // gone is gone
	}
}

// Lost makes Omni see at its next look, within half a minute, that the machine is not there: it forgets when it was last heard of,
// after which five minutes would have to pass.
func (l *link) Lost() error {
	server, err := wgctrl.New()
	if err != nil {
		return fmt.Errorf("WireGuard of omni: %w", err)
	}

	defer server.Close() //nolint:errcheck

	key := l.key.PublicKey()

	known, err := server.Device(wireguardDevice)
	if err != nil {
		return fmt.Errorf("WireGuard of omni: %w", err)
	}

	for _, peer := range known.Peers {
		if peer.PublicKey != key {
			continue
		}

		again := wgtypes.PeerConfig{PublicKey: key, AllowedIPs: peer.AllowedIPs, ReplaceAllowedIPs: true}
		for _, peers := range [][]wgtypes.PeerConfig{{{PublicKey: key, Remove: true}}, {again}} {
			if err = server.ConfigureDevice(wireguardDevice, wgtypes.Config{Peers: peers}); err != nil {
				return fmt.Errorf("WireGuard of omni: %w", err)
			}
		}
	}

	return nil
}

// Tell hands an event to the sender.
func (l *link) Tell(event proto.Message) {
	select {
	case l.queue <- event:
	default:
	}
}

// send sends events in order, each until it is taken or too old.
func (l *link) send(ctx context.Context) {
	for number := 0; ; number++ {
		select {
		case <-ctx.Done():
			return
		case event := <-l.queue:
			for range 20 {
				if l.publish(ctx, number, event) == nil {
					break
				}

				time.Sleep(100 * time.Millisecond)
			}
		}
	}
}

func (l *link) publish(ctx context.Context, number int, event proto.Message) error {
	data, err := anypb.New(event)
	if err != nil {
		return err
	}

	// Omni knows the machine by the address that it calls from.
	dial := func(ctx context.Context, target string) (net.Conn, error) {
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: l.address.AsSlice()}}

		return dialer.DialContext(ctx, "tcp", target)
	}

	sink, err := grpc.NewClient("passthrough:///"+net.JoinHostPort(l.server.String(), eventSinkPort),
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithContextDialer(dial))
	if err != nil {
		return err
	}

	defer sink.Close() //nolint:errcheck

	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()

	_, err = events.NewEventSinkServiceClient(sink).Publish(ctx, &events.EventRequest{
		Data: data, Id: fmt.Sprintf("%s-%d", l.id, number),
	})

	return err
}

// sink is a tunnel device whose packets nobody needs.
type sink struct {
	events chan tun.Event
	closed chan struct{}
	once   sync.Once
}

func newSink() *sink {
	s := &sink{events: make(chan tun.Event, 1), closed: make(chan struct{})}
	s.events <- tun.EventUp

	return s
}

func (s *sink) File() *os.File { return nil }

func (s *sink) Read([][]byte, []int, int) (int, error) {
	<-s.closed

	return 0, os.ErrClosed
}

func (s *sink) Write(buffers [][]byte, _ int) (int, error) { return len(buffers), nil }
func (s *sink) MTU() (int, error)                          { return 1280, nil }
func (s *sink) Name() (string, error)                      { return "sink", nil }
func (s *sink) Events() <-chan tun.Event                   { return s.events }
func (s *sink) BatchSize() int                             { return 1 }

func (s *sink) Close() error {
	s.once.Do(func() {
		close(s.closed)
		close(s.events)
	})

	return nil
}

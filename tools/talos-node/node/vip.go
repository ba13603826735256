package node

import (
	"context"
	"io"
	"net"
	"net/netip"
	"slices"

	"github.com/siderolabs/talos/pkg/machinery/config"
)

// vipsOf are the addresses that the control planes share.
func vipsOf(cfg config.Provider) []netip.Addr {
	var vips []netip.Addr

	for _, shared := range cfg.NetworkVirtualIPConfigs() {
		vips = append(vips, shared.VIP())
	}

	for _, device := range cfg.Machine().Network().Devices() {
		if shared := device.VIPConfig(); shared != nil {
			if vip, err := netip.ParseAddr(shared.IP()); err == nil {
				vips = append(vips, vip)
			}
		}
	}

	slices.SortFunc(vips, netip.Addr.Compare)

	return slices.Compact(vips)
}

// shareVIPs lets the Kubernetes API of the machine be had at the shared addresses, as long as no other has them: one address is
// given to one listener only, so that the computer itself holds the election. The machine keeps it until it is down.
func (m *Machine) shareVIPs(ctx context.Context, cfg config.Provider) {
	for _, vip := range vipsOf(cfg) {
		go func() {
			shared := netip.AddrPortFrom(vip, m.spec.KubePort).String()

			listener, ok := waitFor(ctx, func() (net.Listener, bool) {
				listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", shared)

				return listener, err == nil
			})
			if !ok {
				return
			}

			m.note("enabled shared IP %s", vip)
			context.AfterFunc(ctx, func() { listener.Close() }) //nolint:errcheck // nothing is lost

			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}

				go forward(ctx, conn, netip.AddrPortFrom(m.address, m.spec.KubePort))
			}
		}()
	}
}

// forward passes a connection on, both ways.
func forward(ctx context.Context, client net.Conn, to netip.AddrPort) {
	defer client.Close() //nolint:errcheck // nothing is lost

	server, err := (&net.Dialer{}).DialContext(ctx, "tcp", to.String())
	if err != nil {
		return
	}
	defer server.Close()                                      //nolint:errcheck // nothing is lost
	defer context.AfterFunc(ctx, func() { client.Close() })() //nolint:errcheck // nothing is lost

	go func() {
		io.Copy(server, client) //nolint:errcheck,gosec // whoever hangs up ends both
		server.Close()          //nolint:errcheck,gosec // as above
	}()

	io.Copy(client, server) //nolint:errcheck,gosec // as above
}

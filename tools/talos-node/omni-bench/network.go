package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/jsimonetti/rtnetlink/v2"
	"golang.org/x/sys/unix"
)

// prepareNetwork takes the loopback interface up, which a new network namespace has down.
func prepareNetwork() error {
	conn, err := rtnetlink.Dial(nil)
	if err != nil {
		return fmt.Errorf("netlink: %w", err)
	}

	defer conn.Close() //nolint:errcheck

	if err = conn.Link.Set(&rtnetlink.LinkMessage{Index: 1, Flags: unix.IFF_UP, Change: unix.IFF_UP}); err != nil {
		return fmt.Errorf("loopback up (needs root in a network namespace of its own): %w", err)
	}

	return nil
}

// prepareSockets hides those of WireGuard devices outside: they are named by interface, and each Omni has the same. It needs a
// mount namespace of its own.
func prepareSockets() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("mounts of its own (needs a mount namespace): %w", err)
	}

	folder := wireguardSockets
	if _, err := os.Stat(folder); err != nil {
		// Only root could make it.
		folder = filepath.Dir(folder)
	}

	if err := unix.Mount("sockets", folder, "tmpfs", 0, "mode=755"); err != nil {
		return fmt.Errorf("folder for sockets: %w", err)
	}

	return nil
}

// wireguardSockets is where a userspace WireGuard is configured.
const wireguardSockets = "/var/run/wireguard"

// wireguardDevice is that of Omni.
const wireguardDevice = "siderolink"

// setAddress gives an address to the loopback interface, or takes it away.
func setAddress(address netip.Addr, present bool) error {
	conn, err := rtnetlink.Dial(nil)
	if err != nil {
		return fmt.Errorf("netlink: %w", err)
	}

	defer conn.Close() //nolint:errcheck

	message := &rtnetlink.AddressMessage{
		Family: unix.AF_INET6, PrefixLength: 128, Index: 1,
		Attributes: &rtnetlink.AddressAttributes{Address: address.AsSlice(), Flags: unix.IFA_F_NODAD},
	}

	if present {
		err = conn.Address.New(message)
	} else {
		err = conn.Address.Delete(message)
	}

	if err != nil {
		return fmt.Errorf("address %s: %w", address, err)
	}

	return nil
}

// forward connects a socket in a folder with an address of this network namespace.
func forward(ctx context.Context, path, address string) error {
	listener, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", path, err)
	}

	go func() {
		<-ctx.Done()
		listener.Close() //nolint:errcheck
	}()

	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}

			go pipe(client, address)
		}
	}()

	return nil
}

func pipe(client net.Conn, address string) {
	defer client.Close() //nolint:errcheck

	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}

	defer server.Close() //nolint:errcheck

	done := make(chan struct{}, 2)
	copyAll := func(to, from net.Conn) {
		io.Copy(to, from) //nolint:errcheck // either side may hang up

		done <- struct{}{}
	}

	go copyAll(server, client)
	go copyAll(client, server)

	<-done
}

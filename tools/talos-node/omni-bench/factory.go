package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/siderolabs/image-factory/pkg/client"
	"github.com/siderolabs/image-factory/pkg/schematic"

	"tools/talos-node/bench"
	"tools/talos-node/node"
)

// What the factory and the registry offer: the same as the Omni server of the other tests.
var (
	talosVersions      = releases(1, map[int]int{9: 6, 10: 9, 11: 6, 12: 7, 13: 1})
	kubernetesVersions = releases(1, map[int]int{30: 14, 31: 14, 32: 14, 33: 14, 34: 14, 35: 14, 36: 14})
	extensions         = strings.Fields(`
		amd-ucode amdgpu binfmt-misc bnx2-bnx2x btrfs cloudflared crun drbd ecr-credential-provider fuse3 gasket-driver glibc gvisor
		hailort hello-world-service i915 intel-ice-firmware intel-ucode iscsi-tools kata-containers lldpd mdadm mei nebula newt nfs-utils
		nfsd nonfree-kmod-nvidia-lts nonfree-kmod-nvidia-production nut-client nvidia-container-toolkit-lts
		nvidia-container-toolkit-production nvidia-fabricmanager-lts nvidia-fabricmanager-production nvidia-open-gpu-kernel-modules-lts
		nvidia-open-gpu-kernel-modules-production panfrost qemu-guest-agent qlogic-firmware realtek-firmware revpi-firmware spin
		stargz-snapshotter tailscale thunderbolt uinput usb-modem-drivers util-linux-tools v4l-uvc-drivers vc4 vmtoolsd-guest-agent
		wasmedge xen-guest-agent youki zerotier zfs`)
)

// releases of some minor versions, from .0 to the given one.
func releases(major int, lastPatch map[int]int) []string {
	var versions []string

	for _, minor := range slices.Sorted(maps.Keys(lastPatch)) {
		for patch := range lastPatch[minor] + 1 {
			versions = append(versions, fmt.Sprintf("v%d.%d.%d", major, minor, patch))
		}
	}

	return versions
}

// serveFactory answers like the image factory of Talos, and like a registry that has Kubernetes. It returns the address.
func serveFactory(ctx context.Context, world *node.World) (string, error) {
	mux := http.NewServeMux()

	mux.HandleFunc("GET /versions", func(w http.ResponseWriter, _ *http.Request) { bench.Send(w, http.StatusOK, talosVersions) })
	mux.HandleFunc("GET /version/{version}/extensions/official", func(w http.ResponseWriter, r *http.Request) {
		list := make([]client.ExtensionInfo, 0, len(extensions))
		for _, name := range extensions {
			list = append(list, client.ExtensionInfo{
				Name: "siderolabs/" + name, Ref: "ghcr.io/siderolabs/" + name + ":1.0.0", Digest: "sha256:0", Description: name + " for " + r.PathValue("version"),
			})
		}

		bench.Send(w, http.StatusOK, list)
	})
	mux.HandleFunc("GET /version/{version}/overlays/official", func(w http.ResponseWriter, _ *http.Request) {
		bench.Send(w, http.StatusOK, []string{})
	})
	mux.HandleFunc("POST /schematics", func(w http.ResponseWriter, r *http.Request) { addSchematic(w, r, world) })
	mux.HandleFunc("GET /schematics/{id}", func(w http.ResponseWriter, r *http.Request) {
		known, ok := world.Schematic(r.PathValue("id"))
		if !ok {
			http.NotFound(w, r)

			return
		}

		text, err := known.Marshal()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)

			return
		}

		w.Write(text) //nolint:errcheck // the client is gone then
	})
	mux.HandleFunc("GET /v2/{$}", func(w http.ResponseWriter, _ *http.Request) { bench.Send(w, http.StatusOK, struct{}{}) })
	mux.HandleFunc("GET /v2/kubelet/tags/list", func(w http.ResponseWriter, _ *http.Request) {
		bench.Send(w, http.StatusOK, map[string]any{"name": "kubelet", "tags": kubernetesVersions})
	})

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("factory: %w", err)
	}

	server := &http.Server{Handler: mux} //nolint:gosec // nobody else is in this network

	go server.Serve(listener) //nolint:errcheck // ends with the context

	go func() {
		<-ctx.Done()
		server.Close() //nolint:errcheck
	}()

	return listener.Addr().String(), nil
}

func addSchematic(w http.ResponseWriter, r *http.Request, world *node.World) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)

		return
	}

	asked, err := schematic.Unmarshal(data)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)

		return
	}

	id, err := world.AddSchematic(*asked)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)

		return
	}

	text, err := asked.Marshal()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)

		return
	}

	bench.Send(w, http.StatusCreated, map[string]any{"id": id, "schematic": string(text)})
}

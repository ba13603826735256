package main

import (
	"fmt"
	"strings"

	"github.com/siderolabs/omni/client/api/omni/specs"
	"github.com/siderolabs/omni/client/pkg/omni/resources/omni"
)

// talosMinor is a minor version of Talos with the Kubernetes minors that it runs, and the patch releases of both that exist here.
type talosMinor struct {
	minor, patches               int
	kubernetesMin, kubernetesMax int
}

const kubernetesPatches = 15

var talosMinors = []talosMinor{
	{minor: 9, patches: 6, kubernetesMin: 27, kubernetesMax: 32},
	{minor: 10, patches: 9, kubernetesMin: 28, kubernetesMax: 33},
	{minor: 11, patches: 6, kubernetesMin: 29, kubernetesMax: 34},
	{minor: 12, patches: 7, kubernetesMin: 30, kubernetesMax: 35},
	{minor: 13, patches: 1, kubernetesMin: 31, kubernetesMax: 36},
}

// talosVersions is the version matrix.
func talosVersions() []*omni.TalosVersion {
	var versions []*omni.TalosVersion

	for _, minor := range talosMinors {
		var kubernetes []string

		for k := minor.kubernetesMin; k <= minor.kubernetesMax; k++ {
			for patch := range kubernetesPatches {
				kubernetes = append(kubernetes, fmt.Sprintf("1.%d.%d", k, patch))
			}
		}

		for patch := range minor.patches + 1 {
			version := fmt.Sprintf("1.%d.%d", minor.minor, patch)
			r := omni.NewTalosVersion(version)
			r.TypedSpec().Value.Version = version
			r.TypedSpec().Value.CompatibleKubernetesVersions = kubernetes
			versions = append(versions, r)
		}
	}

	return versions
}

// extensionNames are official extensions that exist for every version here.
var extensionNames = strings.Fields(`
	amd-ucode amdgpu binfmt-misc bnx2-bnx2x btrfs cloudflared crun drbd ecr-credential-provider fuse3 gasket-driver glibc gvisor
	hailort hello-world-service i915 intel-ice-firmware intel-ucode iscsi-tools kata-containers lldpd mdadm mei nebula newt nfs-utils
	nfsd nonfree-kmod-nvidia-lts nonfree-kmod-nvidia-production nut-client nvidia-container-toolkit-lts
	nvidia-container-toolkit-production nvidia-fabricmanager-lts nvidia-fabricmanager-production nvidia-open-gpu-kernel-modules-lts
	nvidia-open-gpu-kernel-modules-production panfrost qemu-guest-agent qlogic-firmware realtek-firmware revpi-firmware spin
	stargz-snapshotter tailscale thunderbolt uinput usb-modem-drivers util-linux-tools v4l-uvc-drivers vc4 vmtoolsd-guest-agent
	wasmedge xen-guest-agent youki zerotier zfs`)

// talosExtensions is the catalogue of one version.
func talosExtensions(version string) *omni.TalosExtensions {
	r := omni.NewTalosExtensions(version)
	for _, name := range extensionNames {
		r.TypedSpec().Value.Items = append(r.TypedSpec().Value.Items, &specs.TalosExtensionsSpec_Info{Name: "siderolabs/" + name})
	}

	return r
}

package node

import (
	"fmt"
	"regexp"
	"strings"
)

// Link is a physical network card.
type Link struct {
	Name string `json:"name"`
	MAC  string `json:"mac"`
}

// Disk of a machine.
type Disk struct {
	// Name is `/dev/sda`.
	Name string `json:"name"`
	// Size in bytes; 50 GiB unless given.
	Size uint64 `json:"size"`
	// Serial number; may be "".
	Serial string `json:"serial"`
}

func (d Disk) size() uint64 {
	if d.Size == 0 {
		return 50 << 30
	}

	return d.Size
}

func (d Disk) id() string { return strings.TrimPrefix(d.Name, "/dev/") }

// Spec is what a machine is made of.
type Spec struct {
	// ID is the UUID of SMBIOS.
	ID string `json:"id"`
	// Hostname is the name before a configuration gives another.
	Hostname string `json:"hostname"`
	// Addresses in CIDR notation, which it has before it is configured.
	Addresses []string `json:"addresses"`
	// Gateways of default routes.
	Gateways []string `json:"gateways"`
	Links    []Link   `json:"links"`
	Disks    []Disk   `json:"disks"`
	// Cores and MemoryMB; 4 and 8192 unless given.
	Cores    uint32 `json:"cores"`
	MemoryMB uint32 `json:"memoryMb"`
	// Talos is the version of the image that it boots from, `v1.11.5`.
	Talos string `json:"talos"`
	// KernelArgs of that image.
	KernelArgs []string `json:"kernelArgs"`
	// Extensions of that image, `siderolabs/qemu-guest-agent`.
	Extensions []string `json:"extensions"`
	// APIPort and KubePort; 50000 and 6443 unless given, for systems that cannot give each machine an address.
	APIPort  uint16 `json:"apiPort"`
	KubePort uint16 `json:"kubePort"`
	Timing   Timing `json:"timing"`
	Faults   Faults `json:"faults"`
}

// withDefaults fills in what was not said.
func (s Spec) withDefaults() Spec {
	if s.Cores == 0 {
		s.Cores = 4
	}

	if s.MemoryMB == 0 {
		s.MemoryMB = 8192
	}

	if s.APIPort == 0 {
		s.APIPort = 50000
	}

	if s.KubePort == 0 {
		s.KubePort = 6443
	}

	return s
}

// Timing is how many milliseconds steps take.
type Timing struct {
	Apply   int `json:"apply"`
	Install int `json:"install"`
	Reboot  int `json:"reboot"`
	Boot    int `json:"boot"`
	Upgrade int `json:"upgrade"`
	// Pull of an image, for which a machine runs on as before.
	Pull int `json:"pull"`
}

// Faults of a machine. They can be set while it runs.
type Faults struct {
	// NeverBoots stays away after its next reboot.
	NeverBoots bool `json:"neverBoots"`
	// NeverInstalls takes a configuration, and is in maintenance again after its reboot.
	NeverInstalls bool `json:"neverInstalls"`
	// NeverReady runs, but is never healthy.
	NeverReady bool `json:"neverReady"`
	// UpgradeFails says no to each upgrade.
	UpgradeFails bool `json:"upgradeFails"`
	// ClockMs is how far its clock is ahead, or behind, in milliseconds. Certificates are made when it boots.
	ClockMs int64 `json:"clockMs"`
	// Hangs takes connections, and answers nothing.
	Hangs bool `json:"hangs"`
}

// image is what runs, or is on disk.
type image struct {
	version string
	// schematic is "" for an installer that no image factory has made.
	schematic string
}

var (
	factoryReference = regexp.MustCompile(`/(?:[a-z0-9-]+-)?installer(?:-secureboot)?/([0-9a-f]{64}):(v[0-9].*)$`)
	plainReference   = regexp.MustCompile(`(?:^|/)installer(?:-base)?:(v[0-9].*)$`)
)

// parseImage reads the reference of an installer: of the image factory, or the plain one.
func parseImage(reference string) (image, error) {
	reference, _, _ = strings.Cut(reference, "@")

	if match := factoryReference.FindStringSubmatch(reference); match != nil {
		return image{schematic: match[1], version: match[2]}, nil
	}

	if match := plainReference.FindStringSubmatch(reference); match != nil {
		return image{version: match[1]}, nil
	}

	return image{}, fmt.Errorf("failed to pull image %q: not found", reference)
}

// minor of the version that runs: 12 of `v1.12.0`.
func (i image) minor() int {
	var major, minor int

	fmt.Sscanf(i.version, "v%d.%d", &major, &minor) //nolint:errcheck // what is no version has no minor

	return minor
}

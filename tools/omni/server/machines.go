package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/google/uuid"
	"github.com/siderolabs/omni/client/api/omni/specs"
	"github.com/siderolabs/omni/client/pkg/omni/resources/omni"
	"github.com/siderolabs/omni/client/pkg/omni/resources/siderolink"
)

// machine runs Talos and has joined; see simulators/omni/options.ts.
type machine struct {
	ID         string            `json:"id"`
	Hostname   string            `json:"hostname"`
	Addresses  []string          `json:"addresses"`
	Gateways   []string          `json:"gateways"`
	Links      []link            `json:"links"`
	Disks      []disk            `json:"disks"`
	Talos      string            `json:"talos"`
	Connected  bool              `json:"connected"`
	Installed  bool              `json:"installed"`
	Cluster    string            `json:"cluster"`
	Role       string            `json:"role"`
	Labels     map[string]string `json:"labels"`
	Extensions []string          `json:"extensions"`
	Cores      uint32            `json:"cores"`
	MemoryMB   uint32            `json:"memoryMb"`
	NoStatus   bool              `json:"noStatus"`
	NoNetwork  bool              `json:"noNetwork"`
	DelayMs    int               `json:"delayMs"`

	// The version that it joined with.
	initialTalos string
	// Changes whenever the machine does.
	revision int
}

type link struct {
	Name string `json:"name"`
	MAC  string `json:"mac"`
	Up   *bool  `json:"up"`
}

type disk struct {
	Name      string `json:"name"`
	Size      uint64 `json:"size"`
	Serial    string `json:"serial"`
	Transport string `json:"transport"`
}

// membership is what a cluster makes of a machine.
type membership struct {
	cluster, set, role string
}

// machines holds all that have joined, by id.
type machines struct {
	store *store

	mu       sync.Mutex
	all      map[string]*machine
	revision int
}

// touch gives the machine a revision that none has had.
func (ms *machines) touch(m *machine) {
	ms.revision++
	m.revision = ms.revision
}

// newMachine has the defaults, for JSON to be read over them.
func newMachine() *machine {
	return &machine{Talos: "v1.11.5", Connected: true, Role: "worker", Cores: 4, MemoryMB: 8192}
}

// join adds a machine and gives its id. A second one with the id of a connected machine gets a new id, as in Omni.
func (ms *machines) join(ctx context.Context, m *machine) (string, error) {
	ms.mu.Lock()
	defer ms.mu.Unlock()

	m.ID = strings.ToLower(m.ID)
	if known := ms.all[m.ID]; known != nil && known.Connected {
		m.ID = uuid.NewString()
	}

	if m.Hostname == "" {
		m.Hostname = "talos-" + m.ID[max(0, len(m.ID)-8):]
	}

	if len(m.Disks) == 0 {
		m.Disks = []disk{{Size: 50 << 30}}
	}

	m.initialTalos = m.Talos
	m.Installed = m.Installed || m.Cluster != ""

	ms.all[m.ID] = m

	if m.Cluster != "" {
		if err := ms.store.enlist(ctx, m); err != nil {
			return "", err
		}
	}

	return m.ID, ms.changed(ctx, m)
}

// update changes a machine.
func (ms *machines) update(ctx context.Context, id string, change func(*machine) error) error {
	ms.mu.Lock()
	defer ms.mu.Unlock()

	m := ms.all[strings.ToLower(id)]
	if m == nil {
		return fmt.Errorf("no machine %s", id)
	}

	if err := change(m); err != nil {
		return err
	}

	return ms.changed(ctx, m)
}

// remove forgets a machine, and what is known of it.
func (ms *machines) remove(ctx context.Context, id string) error {
	ms.mu.Lock()
	defer ms.mu.Unlock()

	id = strings.ToLower(id)
	delete(ms.all, id)

	for _, r := range []resource.Resource{
		omni.NewMachineStatus(id), omni.NewMachine(id), omni.NewMachineLabels(id), siderolink.NewLink(id, nil),
	} {
		if err := ms.store.erase(ctx, r.Metadata()); err != nil {
			return err
		}
	}

	return nil
}

// changed writes all of a machine but its status, which the controller does.
func (ms *machines) changed(ctx context.Context, m *machine) error {
	ms.touch(m)

	if err := put(ctx, ms.store, siderolink.NewLink(m.ID, &specs.SiderolinkSpec{}), func(r *siderolink.Link) {
		r.TypedSpec().Value.Connected = m.Connected
		r.TypedSpec().Value.NodeSubnet = m.managementAddress() + "/64"
	}); err != nil {
		return err
	}

	if err := put(ctx, ms.store, omni.NewMachine(m.ID), func(r *omni.Machine) {
		r.Metadata().Labels().Set(omni.MachineAddressLabel, m.managementAddress())
		r.TypedSpec().Value.Connected = m.Connected
		r.TypedSpec().Value.ManagementAddress = m.managementAddress()
	}); err != nil {
		return err
	}

	if len(m.Labels) == 0 {
		return nil
	}

	return put(ctx, ms.store, omni.NewMachineLabels(m.ID), func(r *omni.MachineLabels) {
		for key, value := range m.Labels {
			r.Metadata().Labels().Set(key, value)
		}
	})
}

// managementAddress is the machine's address in the WireGuard network.
func (m *machine) managementAddress() string {
	h := sha256.Sum256([]byte(m.ID))

	return fmt.Sprintf("fdae:41e4:649b:9303:%x:%x:%x:%x", h[0:2], h[2:4], h[4:6], h[6:8])
}

// joinToken looks like one and is none: what saves or prints machine data has to leave it out.
const joinToken = "notARealJoinToken0000000000000000000000000000"

// fill writes what is known of the machine into its status.
func (m *machine) fill(r *omni.MachineStatus, member membership, labels *omni.MachineLabels) {
	spec := r.TypedSpec().Value
	spec.Connected, spec.ManagementAddress = m.Connected, m.managementAddress()
	spec.Maintenance = !m.Installed
	spec.TalosVersion, spec.InitialTalosVersion = m.Talos, m.initialTalos
	spec.PowerState = specs.MachineStatusSpec_POWER_STATE_ON
	spec.PlatformMetadata = &specs.MachineStatusSpec_PlatformMetadata{Platform: "nocloud"}
	kernelArg := "siderolink.api=grpc://omni.example.com:8090?jointoken=" + joinToken
	spec.KernelCmdline = "talos.platform=nocloud console=tty0 " + kernelArg
	spec.Hardware, spec.Network, spec.Schematic = nil, nil, nil

	if !m.NoNetwork {
		spec.Hardware, spec.Network = m.hardware(), m.network()
		spec.Schematic = &specs.MachineStatusSpec_Schematic{
			Extensions:   m.Extensions,
			FullId:       fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(m.Extensions, ",")))),
			KernelArgs:   []string{kernelArg},
			Raw:          "customization:\n    extraKernelArgs:\n        - " + kernelArg + "\n",
			InitialState: &specs.MachineStatusSpec_Schematic_InitialState{Extensions: m.Extensions},
		}
	}

	m.membership(r, member)
	m.labels(r, member, labels)
}

func (m *machine) hardware() *specs.MachineStatusSpec_HardwareStatus {
	hardware := &specs.MachineStatusSpec_HardwareStatus{
		Arch:          "amd64",
		Processors:    []*specs.MachineStatusSpec_HardwareStatus_Processor{{CoreCount: m.Cores, ThreadCount: m.Cores, Manufacturer: "QEMU"}},
		MemoryModules: []*specs.MachineStatusSpec_HardwareStatus_MemoryModule{{SizeMb: m.MemoryMB, Description: "QEMU"}},
	}

	for i, d := range m.Disks {
		hardware.Blockdevices = append(hardware.Blockdevices, &specs.MachineStatusSpec_HardwareStatus_BlockDevice{
			LinuxName:  or(d.Name, fmt.Sprintf("/dev/sd%c", 'a'+i)),
			Size:       d.Size,
			Serial:     d.Serial,
			Transport:  or(d.Transport, "virtio"),
			Type:       "HDD",
			Model:      "QEMU HARDDISK",
			SystemDisk: m.Installed && i == 0,
		})
	}

	return hardware
}

func (m *machine) network() *specs.MachineStatusSpec_NetworkStatus {
	network := &specs.MachineStatusSpec_NetworkStatus{
		Hostname: m.Hostname, Addresses: m.Addresses, DefaultGateways: m.Gateways,
	}

	for i, l := range m.Links {
		network.NetworkLinks = append(network.NetworkLinks, &specs.MachineStatusSpec_NetworkStatus_NetworkLinkStatus{
			LinuxName:       or(l.Name, fmt.Sprintf("ens%d", 18+i)),
			HardwareAddress: strings.ToLower(l.MAC),
			LinkUp:          l.Up == nil || *l.Up,
			SpeedMbps:       10000,
		})
	}

	return network
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}

	return value
}

package node

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/cosi-project/runtime/pkg/state"
	"github.com/siderolabs/image-factory/pkg/schematic"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	"google.golang.org/protobuf/proto"
)

// Link is a physical network card.
type Link struct {
	Name string `json:"name"`
	MAC  string `json:"mac"`
}

// Spec is what a machine is made of.
type Spec struct {
	// ID is the UUID of SMBIOS.
	ID string `json:"id"`
	// Hostname is the name before a configuration gives another.
	Hostname string `json:"hostname"`
	// Addresses in CIDR notation.
	Addresses []string `json:"addresses"`
	Links     []Link   `json:"links"`
	// Disks by name, `/dev/sda`.
	Disks []string `json:"disks"`
	// Talos is the version of the image that it boots from, `v1.11.5`.
	Talos string `json:"talos"`
	// KernelArgs of that image.
	KernelArgs []string `json:"kernelArgs"`
	// Extensions of that image, `siderolabs/qemu-guest-agent`.
	Extensions []string `json:"extensions"`
	Timing     Timing   `json:"timing"`
	Faults     Faults   `json:"faults"`
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
	// NeverReady runs, but is never healthy.
	NeverReady bool `json:"neverReady"`
	// UpgradeFails says no to each upgrade.
	UpgradeFails bool `json:"upgradeFails"`
}

// image is what runs, or is on disk.
type image struct {
	version   string
	schematic string
}

// Machine is one machine of a World.
type Machine struct {
	world *World
	spec  Spec
	// address to listen on.
	address netip.Addr
	// tell sends an event to whoever manages the machine.
	tell func(proto.Message)

	mu      sync.Mutex
	stage   runtime.MachineStage
	ready   bool
	powered bool
	booted  image
	// installed is nil without a system disk.
	installed *image
	// config is the STATE partition.
	config config.Provider
	meta   map[uint8]string
	state  state.State
	stop   context.CancelFunc
	// busy while it changes from one stage to the next.
	busy sync.Mutex
}

// NewMachine makes a machine that is powered off.
func NewMachine(w *World, spec Spec, address netip.Addr, tell func(proto.Message)) (*Machine, error) {
	id, err := w.AddSchematic(schematic.Schematic{Customization: schematic.Customization{
		ExtraKernelArgs:  spec.KernelArgs,
		SystemExtensions: schematic.SystemExtensions{OfficialExtensions: spec.Extensions},
	}})
	if err != nil {
		return nil, err
	}

	return &Machine{
		world: w, spec: spec, address: address, tell: tell,
		booted: image{version: spec.Talos, schematic: id}, meta: map[uint8]string{},
	}, nil
}

// PowerOn boots the machine: from its disk, else from the image.
func (m *Machine) PowerOn() error {
	m.busy.Lock()
	defer m.busy.Unlock()

	return m.boot()
}

// PowerOff pulls the plug.
func (m *Machine) PowerOff() {
	m.busy.Lock()
	defer m.busy.Unlock()

	m.down()
}

// SetFaults replaces the faults.
func (m *Machine) SetFaults(faults Faults) {
	m.mu.Lock()
	m.spec.Faults = faults
	m.mu.Unlock()
}

// View is a machine as a test sees it.
type View struct {
	ID         string   `json:"id"`
	Address    string   `json:"address"`
	Stage      string   `json:"stage"`
	Ready      bool     `json:"ready"`
	Powered    bool     `json:"powered"`
	Installed  bool     `json:"installed"`
	Talos      string   `json:"talos"`
	Extensions []string `json:"extensions"`
	Hostname   string   `json:"hostname"`
	// Config as it was applied; "" in maintenance.
	Config string `json:"config"`
}

// View says how the machine is now.
func (m *Machine) View() View {
	m.mu.Lock()
	defer m.mu.Unlock()

	s, _ := m.world.Schematic(m.booted.schematic)
	view := View{
		ID: m.spec.ID, Address: m.address.String(), Stage: m.stage.String(), Ready: m.ready, Powered: m.powered,
		Installed: m.installed != nil, Talos: m.booted.version, Hostname: m.hostname(),
		Extensions: s.Customization.SystemExtensions.OfficialExtensions,
	}

	if m.config != nil {
		if data, err := m.config.Bytes(); err == nil {
			view.Config = string(data)
		}
	}

	return view
}

func (m *Machine) isUp() bool {
	m.mu.Lock()
	defer m.mu.Unlock()

	return m.powered && (m.stage == runtime.MachineStageRunning || m.stage == runtime.MachineStageBooting)
}

func pause(milliseconds int) { time.Sleep(time.Duration(milliseconds) * time.Millisecond) }

// boot starts whatever is on disk. The caller holds `busy`.
func (m *Machine) boot() error {
	ctx, cancel := context.WithCancel(context.Background())

	m.mu.Lock()
	if m.installed != nil {
		m.booted = *m.installed
	}
	m.powered, m.stop, m.ready = true, cancel, false
	m.stage = runtime.MachineStageMaintenance
	if m.config != nil {
		m.stage = runtime.MachineStageBooting
	}
	m.mu.Unlock()

	if err := m.publishAll(); err != nil {
		return err
	}

	m.announce()

	return m.serve(ctx)
}

// down ends all that runs. The caller holds `busy`.
func (m *Machine) down() {
	m.mu.Lock()
	stop := m.stop
	m.stop, m.powered, m.ready = nil, false, false
	m.mu.Unlock()

	if stop != nil {
		stop()
	}

	m.leaveKubernetes(false)
}

// reboot goes through a stage that others see, and comes back. The caller holds `busy`.
func (m *Machine) reboot(between func()) {
	m.setStage(runtime.MachineStageRebooting, false)

	m.mu.Lock()
	timing, faults := m.spec.Timing, m.spec.Faults
	m.mu.Unlock()

	// Who has just asked for it still gets the answer.
	pause(50)
	m.down()
	between()
	pause(timing.Reboot)

	if faults.NeverBoots {
		return
	}

	if err := m.boot(); err != nil {
		fmt.Println("boot of", m.spec.ID, "failed:", err)
	}
}

func (m *Machine) setStage(stage runtime.MachineStage, ready bool) {
	m.mu.Lock()
	same := m.stage == stage && m.ready == ready
	m.stage, m.ready = stage, ready
	m.mu.Unlock()

	if same {
		return
	}

	m.publishStatus()
	m.announce()
}

var stages = map[runtime.MachineStage]machineapi.MachineStatusEvent_MachineStage{
	runtime.MachineStageBooting:      machineapi.MachineStatusEvent_BOOTING,
	runtime.MachineStageInstalling:   machineapi.MachineStatusEvent_INSTALLING,
	runtime.MachineStageMaintenance:  machineapi.MachineStatusEvent_MAINTENANCE,
	runtime.MachineStageRunning:      machineapi.MachineStatusEvent_RUNNING,
	runtime.MachineStageRebooting:    machineapi.MachineStatusEvent_REBOOTING,
	runtime.MachineStageShuttingDown: machineapi.MachineStatusEvent_SHUTTING_DOWN,
	runtime.MachineStageResetting:    machineapi.MachineStatusEvent_RESETTING,
	runtime.MachineStageUpgrading:    machineapi.MachineStatusEvent_UPGRADING,
}

// announce tells the manager at what stage the machine is.
func (m *Machine) announce() {
	m.mu.Lock()
	event := &machineapi.MachineStatusEvent{
		Stage:  stages[m.stage],
		Status: &machineapi.MachineStatusEvent_MachineStatus{Ready: m.ready},
	}
	m.mu.Unlock()

	m.tell(event)
}

var imageReference = regexp.MustCompile(`/(?:[a-z0-9-]+-)?installer/([0-9a-f]{64}):(v[0-9].*)$`)

// parseImage reads the reference of an installer of the image factory.
func parseImage(reference string) (image, error) {
	match := imageReference.FindStringSubmatch(reference)
	if match == nil {
		return image{}, fmt.Errorf("not an installer of an image factory: %q", reference)
	}

	return image{schematic: match[1], version: match[2]}, nil
}

func (m *Machine) hostname() string {
	if m.config != nil {
		if host := m.config.NetworkHostnameConfig(); host != nil && host.Hostname() != "" {
			return host.Hostname()
		}
	}

	if m.spec.Hostname != "" {
		return m.spec.Hostname
	}

	return "talos-" + strings.ReplaceAll(m.spec.ID, "-", "")[26:]
}

func (m *Machine) listen(port int) (net.Listener, error) {
	var lc net.ListenConfig

	return lc.Listen(context.Background(), "tcp", netip.AddrPortFrom(m.address, uint16(port)).String())
}

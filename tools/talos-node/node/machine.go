package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/cosi-project/runtime/pkg/state"
	"github.com/google/uuid"
	"github.com/siderolabs/image-factory/pkg/schematic"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	"google.golang.org/protobuf/proto"
)

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
	// staged is a configuration for the next boot.
	staged config.Provider
	meta   map[uint8]string
	state  state.State
	// up ends when the machine goes down.
	up   context.Context //nolint:containedctx // the life of the machine, not of a request
	stop context.CancelFunc
	// bootID is another at each boot.
	bootID  string
	history *history
	// log of the kernel.
	log []string
	// listeners is how many addresses the API is served at.
	listeners int
	calls     []Call
	// applying: a configuration has been taken that is not in force yet.
	applying bool
	// recovery: a snapshot was uploaded.
	recovery bool
	// hasData: there is an etcd data directory.
	hasData bool
	// programs that run below it.
	programs sync.WaitGroup
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

	m := &Machine{
		world: w, spec: spec.withDefaults(), address: address, tell: tell, history: newHistory(),
		booted: image{version: spec.Talos, schematic: id}, meta: map[uint8]string{},
	}

	w.mu.Lock()
	w.machines = append(w.machines, m)
	w.mu.Unlock()

	return m, nil
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

// Wipe is what a new, empty system disk does to a machine that is off.
func (m *Machine) Wipe() {
	m.mu.Lock()
	m.installed, m.config, m.staged, m.hasData, m.meta = nil, nil, nil, false, map[uint8]string{}
	m.mu.Unlock()
}

// Lease is what another address by DHCP does to a machine that is off.
func (m *Machine) Lease(prefix netip.Prefix) {
	m.mu.Lock()
	m.address, m.spec.Addresses = prefix.Addr(), []string{prefix.String()}
	m.mu.Unlock()
}

// SetFaults replaces the faults.
func (m *Machine) SetFaults(faults Faults) {
	m.mu.Lock()
	m.spec.Faults = faults
	m.mu.Unlock()
}

func (m *Machine) faults() Faults {
	m.mu.Lock()
	defer m.mu.Unlock()

	return m.spec.Faults
}

func (m *Machine) timing() Timing {
	m.mu.Lock()
	defer m.mu.Unlock()

	return m.spec.Timing
}

// now is what its clock shows.
func (m *Machine) now() time.Time {
	return time.Now().Add(time.Duration(m.faults().ClockMs) * time.Millisecond)
}

// configuration is nil in maintenance.
func (m *Machine) configuration() config.Provider {
	m.mu.Lock()
	defer m.mu.Unlock()

	return m.config
}

func (m *Machine) isUp() bool {
	m.mu.Lock()
	defer m.mu.Unlock()

	return m.powered && (m.stage == runtime.MachineStageRunning || m.stage == runtime.MachineStageBooting)
}

// listens says whether the API is served.
func (m *Machine) listens() bool {
	m.mu.Lock()
	defer m.mu.Unlock()

	return m.powered && m.listeners > 0
}

// note writes a line into the log of the kernel.
func (m *Machine) note(text string, args ...any) {
	line := fmt.Sprintf(text, args...)

	m.mu.Lock()
	m.log = append(m.log, fmt.Sprintf("user: warning: [%s]: [talos] %s", time.Now().UTC().Format(time.RFC3339), line))
	m.mu.Unlock()
}

func pause(milliseconds int) { time.Sleep(time.Duration(milliseconds) * time.Millisecond) }

// boot starts whatever is on disk. The caller holds `busy`.
func (m *Machine) boot() error {
	ctx, cancel := context.WithCancel(context.Background())

	m.mu.Lock()
	if m.installed != nil {
		m.booted = *m.installed
	}

	if m.staged != nil {
		m.config, m.staged = m.staged, nil
	}

	m.powered, m.up, m.stop, m.ready, m.applying, m.recovery = true, ctx, cancel, false, false, false
	m.bootID, m.history, m.log = uuid.NewString(), newHistory(), nil
	m.stage = runtime.MachineStageMaintenance

	if m.config != nil {
		m.stage = runtime.MachineStageBooting
	}
	m.mu.Unlock()

	m.note("booting Talos %s", m.View().Talos)

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
	m.stop, m.powered, m.ready, m.listeners = nil, false, false, 0
	m.mu.Unlock()

	if stop != nil {
		stop()
	}

	m.leaveKubernetes()
}

// reboot goes through a stage that others see, and comes back. The caller holds `busy`.
func (m *Machine) reboot(actor string, between func()) {
	m.setStage(runtime.MachineStageRebooting, false)
	// Not the event of the sequence: whoever waits for a reboot looks away for a second then, and would miss all of a quick one.
	m.emit(actor, &machineapi.PhaseEvent{Phase: "cleanup", Action: machineapi.PhaseEvent_START})

	timing, faults := m.timing(), m.faults()

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

	m.note("machine is %s", stage)
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

	m.emit("", event)
}

// hostname is what the machine calls itself. The caller holds `mu`.
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

// errAway is why no address is waited for any longer.
var errAway = errors.New("the machine is off")

// bind takes an address; one that another machine still has is waited for.
func bind(ctx context.Context, address netip.Addr, port uint16) (net.Listener, error) {
	var lc net.ListenConfig

	for end := time.Now().Add(10 * time.Second); ; {
		listener, err := lc.Listen(ctx, "tcp", netip.AddrPortFrom(address, port).String())

		switch {
		case err == nil:
			return listener, nil
		case ctx.Err() != nil:
			return nil, errAway
		case errors.Is(err, syscall.EADDRNOTAVAIL) && address.Is4():
			return nil, fmt.Errorf("%s is no address of this computer: give simulated machines addresses in 127.0.0.0/8: %w", address, err)
		case time.Now().After(end):
			return nil, fmt.Errorf("listen: %w", err)
		}

		time.Sleep(50 * time.Millisecond)
	}
}

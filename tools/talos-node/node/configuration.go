package node

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/api/common"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/configdiff"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	"github.com/siderolabs/talos/pkg/machinery/role"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// metal is where machines run that install themselves.
type metal struct{}

func (metal) String() string        { return "metal" }
func (metal) RequiresInstall() bool { return true }
func (metal) InContainer() bool     { return false }

type (
	applyRequest  = machineapi.ApplyConfigurationRequest
	applyResponse = machineapi.ApplyConfigurationResponse
)

const (
	noReboot   = machineapi.ApplyConfigurationRequest_NO_REBOOT
	withReboot = machineapi.ApplyConfigurationRequest_REBOOT
)

func (s *service) ApplyConfiguration(ctx context.Context, req *applyRequest) (*applyResponse, error) {
	m := machineOf(ctx)
	before := m.configuration()

	if before != nil && !rolesOf(ctx).Includes(role.Admin) {
		return nil, errNotAuthorized
	}

	cfg, err := configloader.NewFromBytes(req.Data)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}

	if cfg.RawV1Alpha1() == nil {
		// In maintenance there may be documents alone, which say how to reach the manager.
		if before == nil {
			return applied(noReboot, "", nil), nil
		}

		return nil, status.Error(codes.InvalidArgument, "the applied machine configuration doesn't contain v1alpha1 config, "+
			"did you mean to patch the machine config instead?")
	}

	warnings, err := cfg.Validate(metal{})
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}

	if !m.take() {
		return nil, status.Error(codes.FailedPrecondition, "configuration was already applied and node is rebooting, "+
			"cannot apply more configuration changes until next reboot")
	}

	if before == nil {
		return m.applyFirst(req, cfg, warnings)
	}

	return m.applyAgain(req, before, cfg, warnings)
}

// take reserves the machine for one configuration.
func (m *Machine) take() bool {
	m.mu.Lock()
	defer m.mu.Unlock()

	if m.applying {
		return false
	}

	m.applying = true

	return true
}

func (m *Machine) release() {
	m.mu.Lock()
	m.applying = false
	m.mu.Unlock()
}

func applied(mode machineapi.ApplyConfigurationRequest_Mode, details string, warnings []string) *applyResponse {
	return &applyResponse{Messages: []*machineapi.ApplyConfiguration{{Mode: mode, ModeDetails: details, Warnings: warnings}}}
}

// applyFirst is what a machine in maintenance does with its configuration.
func (m *Machine) applyFirst(req *applyRequest, cfg config.Provider, warnings []string) (*applyResponse, error) {
	old := m.minor() < streamingUpgrades
	allowed := []machineapi.ApplyConfigurationRequest_Mode{
		machineapi.ApplyConfigurationRequest_AUTO, machineapi.ApplyConfigurationRequest_TRY, withReboot,
	}

	if old && !slices.Contains(allowed, req.Mode) {
		m.release()

		return nil, status.Errorf(codes.Unimplemented, "apply configuration --mode='%s' is not supported in maintenance mode",
			strings.ReplaceAll(strings.ToLower(req.Mode.String()), "_", "-"))
	}

	mode, details, dry := noReboot, "Applied configuration without a reboot",
		"Dry run summary:\nApplied configuration without a reboot (skipped in dry-run).\nConfig diff:\n\n"
	if old {
		mode, details, dry = withReboot, "", "Dry run summary:\nNode is running in maintenance mode and does not have a config yet."
	}

	if req.DryRun {
		m.release()

		return applied(mode, dry, warnings), nil
	}

	go m.install(cfg)

	return applied(mode, details, warnings), nil
}

// applyAgain replaces a configuration by another.
func (m *Machine) applyAgain(req *applyRequest, before, cfg config.Provider, warnings []string) (*applyResponse, error) {
	defer m.release()

	mode, late := req.Mode, immediate(before, cfg)
	details := "Applied configuration with a reboot"

	switch mode { //nolint:exhaustive // the rest is as it is
	case machineapi.ApplyConfigurationRequest_TRY, noReboot:
		if late != nil {
			return nil, status.Error(codes.InvalidArgument, late.Error())
		}

		details = "Applied configuration without a reboot"
	case machineapi.ApplyConfigurationRequest_STAGED:
		details = "Staged configuration to be applied after the next reboot"
	case machineapi.ApplyConfigurationRequest_AUTO:
		if mode = withReboot; late == nil {
			mode, details = noReboot, "Applied configuration without a reboot"
		} else {
			details += ": " + late.Error()
		}
	}

	if req.DryRun {
		diff, err := configdiff.DiffConfigs(before, cfg)
		if err != nil {
			return nil, fmt.Errorf("failed to generate diff: %w", err)
		}

		if diff == "" {
			diff = "No changes."
		}

		return applied(mode, fmt.Sprintf("Dry run summary:\n%s (skipped in dry-run).\nConfig diff:\n\n%s", details, diff), nil), nil
	}

	pause(m.timing().Apply)

	switch mode { //nolint:exhaustive // the rest is refused above
	case machineapi.ApplyConfigurationRequest_STAGED:
		m.mu.Lock()
		m.staged = cfg
		m.mu.Unlock()
	case withReboot:
		m.mu.Lock()
		m.staged = cfg
		m.mu.Unlock()

		go m.restart("")
	default:
		m.setConfig(cfg)

		if mode == machineapi.ApplyConfigurationRequest_TRY {
			m.revertAfter(req, before, cfg)
		}
	}

	return applied(mode, details, warnings), nil
}

// setConfig puts a configuration in force without a reboot.
func (m *Machine) setConfig(cfg config.Provider) {
	m.mu.Lock()
	m.config = cfg
	m.mu.Unlock()
	m.publishConfig()
	m.refreshKubernetes(cfg)
	m.world.cluster(cfg.Cluster().ID()).publishAffiliates()
}

// revertAfter undoes a configuration that was only tried.
func (m *Machine) revertAfter(req *applyRequest, before, tried config.Provider) {
	after := time.Minute
	if req.TryModeTimeout != nil {
		after = req.TryModeTimeout.AsDuration()
	}

	time.AfterFunc(after, func() {
		if m.configuration() == tried {
			m.setConfig(before)
		}
	})
}

// immediate says why a change needs a reboot; nil if it does not.
func immediate(before, after config.Provider) error {
	old, wanted := before.RawV1Alpha1(), after.RawV1Alpha1()
	if old == nil || wanted == nil || old.MachineConfig == nil || wanted.MachineConfig == nil {
		return fmt.Errorf("no current config")
	}

	// What Talos reads at boot only.
	atBoot := func(c config.Provider) []any {
		machine := c.RawV1Alpha1().MachineConfig

		return []any{
			machine.MachineType, machine.MachineFiles, machine.MachineDisks, machine.MachineUdev, //nolint:staticcheck
			machine.MachineEnv, machine.MachineBaseRuntimeSpecOverrides, machine.MachineSystemDiskEncryption, //nolint:staticcheck
		}
	}

	if reflect.DeepEqual(atBoot(before), atBoot(after)) {
		return nil
	}

	diff, err := configdiff.DiffConfigs(before, after)
	if err != nil {
		return fmt.Errorf("error calculating diff: %w", err)
	}

	return fmt.Errorf("this config change can't be applied in immediate mode\ndiff:\n%s", diff)
}

// install writes the image to disk when there is none, and boots into the configuration.
func (m *Machine) install(cfg config.Provider) {
	m.busy.Lock()
	defer m.busy.Unlock()

	if m.faults().NeverInstalls {
		m.reboot("", func() {})

		return
	}

	m.mu.Lock()
	isInstalled := m.installed != nil
	m.mu.Unlock()

	if !isInstalled {
		wanted, err := m.installer(cfg)
		if err != nil {
			m.fail("install", err)

			return
		}

		m.setStage(runtime.MachineStageInstalling, false)
		pause(m.timing().Install)
		m.mu.Lock()
		m.installed = &wanted
		m.mu.Unlock()
		m.emit("", failure("install", errors.New("unix.Reboot")))
	}

	m.mu.Lock()
	m.config = cfg
	m.mu.Unlock()
	m.reboot("", func() {})
}

// installer is the image that a configuration names, if it can be written to a disk of this machine.
func (m *Machine) installer(cfg config.Provider) (image, error) {
	install := cfg.Machine().Install()

	if disk := install.Disk(); disk != "" && !slices.ContainsFunc(m.spec.Disks, func(d Disk) bool { return d.Name == disk }) {
		return image{}, fmt.Errorf("failed to install: stat %s: no such file or directory", disk)
	}

	return parseImage(install.Image())
}

// fail ends a sequence: the machine stays as it is, without its API, until somebody restarts it.
func (m *Machine) fail(sequence string, err error) {
	m.note("%s sequence: failed: %s", sequence, err)
	m.emit("", failure(sequence, err))
	fmt.Println(m.spec.ID, sequence, err)

	m.mu.Lock()
	stop := m.stop
	m.listeners = 0
	m.mu.Unlock()
	// Who has just asked for it still gets the answer.
	pause(50)
	stop()
}

// failure is how a sequence tells that it has ended early; a reboot is one, too.
func failure(sequence string, err error) *machineapi.SequenceEvent {
	return &machineapi.SequenceEvent{Sequence: sequence, Error: &common.Error{Code: common.Code_FATAL, Message: err.Error()}}
}

package node

import (
	"context"
	"fmt"

	"github.com/siderolabs/talos/pkg/machinery/api/common"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	storageapi "github.com/siderolabs/talos/pkg/machinery/api/storage"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// service is the machine API of Talos, as far as a manager uses it. All else is unimplemented.
type service struct {
	machineapi.UnimplementedMachineServiceServer
	machine *Machine
}

type storage struct {
	storageapi.UnimplementedStorageServiceServer
	machine *Machine
}

func (s *service) Version(context.Context, *emptypb.Empty) (*machineapi.VersionResponse, error) {
	s.machine.mu.Lock()
	defer s.machine.mu.Unlock()

	return &machineapi.VersionResponse{Messages: []*machineapi.Version{{
		Version:  &machineapi.VersionInfo{Tag: s.machine.booted.version, Arch: "amd64", Os: "linux"},
		Platform: &machineapi.PlatformInfo{Name: "nocloud", Mode: "cloud"},
		Features: &machineapi.FeaturesInfo{Rbac: true},
	}}}, nil
}

func (s *service) Hostname(context.Context, *emptypb.Empty) (*machineapi.HostnameResponse, error) {
	return &machineapi.HostnameResponse{Messages: []*machineapi.Hostname{{Hostname: s.machine.View().Hostname}}}, nil
}

// metal is where machines run that install themselves.
type metal struct{}

func (metal) String() string        { return "metal" }
func (metal) RequiresInstall() bool { return true }
func (metal) InContainer() bool     { return false }

func (s *service) ApplyConfiguration(
	_ context.Context, req *machineapi.ApplyConfigurationRequest,
) (*machineapi.ApplyConfigurationResponse, error) {
	m := s.machine

	cfg, err := configloader.NewFromBytes(req.Data)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}

	m.mu.Lock()
	before, timing := m.config, m.spec.Timing
	m.mu.Unlock()

	// In maintenance there may be documents alone, which say how to reach the manager.
	if cfg.RawV1Alpha1() == nil {
		return applied(machineapi.ApplyConfigurationRequest_NO_REBOOT), nil
	}

	if _, err = cfg.Validate(metal{}); err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}

	if req.DryRun {
		return applied(machineapi.ApplyConfigurationRequest_NO_REBOOT), nil
	}

	if before == nil {
		go m.install(cfg)

		return applied(machineapi.ApplyConfigurationRequest_REBOOT), nil
	}

	pause(timing.Apply)
	m.mu.Lock()
	m.config = cfg
	m.mu.Unlock()

	if needsReboot(before, cfg) {
		go func() {
			m.busy.Lock()
			defer m.busy.Unlock()
			m.reboot(func() {})
		}()

		return applied(machineapi.ApplyConfigurationRequest_REBOOT), nil
	}

	m.publishConfig()
	m.refreshKubernetes(cfg)

	return applied(machineapi.ApplyConfigurationRequest_NO_REBOOT), nil
}

func applied(mode machineapi.ApplyConfigurationRequest_Mode) *machineapi.ApplyConfigurationResponse {
	return &machineapi.ApplyConfigurationResponse{Messages: []*machineapi.ApplyConfiguration{{Mode: mode}}}
}

// needsReboot says whether a part has changed that Talos reads at boot only.
func needsReboot(before, after config.Provider) bool {
	old, wanted := before.RawV1Alpha1(), after.RawV1Alpha1()
	if old == nil || wanted == nil || old.MachineConfig == nil || wanted.MachineConfig == nil {
		return true
	}

	atBoot := func(c config.Provider) string {
		machine := c.RawV1Alpha1().MachineConfig

		return fmt.Sprint(machine.MachineType, machine.MachineFiles, machine.MachineDisks, machine.MachineUdev, //nolint:staticcheck
			machine.MachineEnv, machine.MachineBaseRuntimeSpecOverrides) //nolint:staticcheck
	}

	return atBoot(before) != atBoot(after)
}

// install writes the image to disk when there is none, and boots into the configuration.
func (m *Machine) install(cfg config.Provider) {
	m.busy.Lock()
	defer m.busy.Unlock()

	m.mu.Lock()
	m.config = cfg
	isInstalled, timing := m.installed != nil, m.spec.Timing
	m.mu.Unlock()

	if isInstalled {
		m.reboot(func() {})

		return
	}

	wanted, err := parseImage(cfg.Machine().Install().Image())
	if err != nil {
		fmt.Println(m.spec.ID, err)

		return
	}

	m.setStage(runtime.MachineStageInstalling, false)
	pause(timing.Install)
	m.mu.Lock()
	m.installed = &wanted
	m.mu.Unlock()
	m.tell(&machineapi.SequenceEvent{
		Sequence: "install", Error: &common.Error{Code: common.Code_FATAL, Message: "unix.Reboot"},
	})
	m.reboot(func() {})
}

func (s *service) Upgrade(_ context.Context, req *machineapi.UpgradeRequest) (*machineapi.UpgradeResponse, error) {
	m := s.machine

	wanted, err := parseImage(req.GetImage())
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}

	m.mu.Lock()
	timing, faults := m.spec.Timing, m.spec.Faults
	m.mu.Unlock()

	if faults.UpgradeFails {
		return nil, status.Error(codes.Unavailable, "error pulling image: unexpected status code 503")
	}

	pause(timing.Pull)

	go func() {
		m.busy.Lock()
		defer m.busy.Unlock()
		m.setStage(runtime.MachineStageUpgrading, false)
		pause(timing.Upgrade)
		m.mu.Lock()
		m.installed = &wanted
		m.mu.Unlock()
		m.reboot(func() {})
	}()

	return &machineapi.UpgradeResponse{Messages: []*machineapi.Upgrade{{Ack: "Upgrade request received"}}}, nil
}

func (s *service) Reset(_ context.Context, req *machineapi.ResetRequest) (*machineapi.ResetResponse, error) {
	m := s.machine

	go func() {
		m.busy.Lock()
		defer m.busy.Unlock()
		m.setStage(runtime.MachineStageResetting, false)
		pause(m.spec.Timing.Upgrade)
		m.leaveKubernetes(true)
		m.reboot(func() {
			m.mu.Lock()
			defer m.mu.Unlock()

			m.config = nil
			// All partitions, when none is named.
			if len(req.SystemPartitionsToWipe) == 0 {
				m.installed, m.meta = nil, map[uint8]string{}
			}
		})
	}()

	return &machineapi.ResetResponse{Messages: []*machineapi.Reset{{}}}, nil
}

func (s *service) Reboot(context.Context, *machineapi.RebootRequest) (*machineapi.RebootResponse, error) {
	go func() {
		s.machine.busy.Lock()
		defer s.machine.busy.Unlock()
		s.machine.reboot(func() {})
	}()

	return &machineapi.RebootResponse{Messages: []*machineapi.Reboot{{}}}, nil
}

func (s *service) Shutdown(context.Context, *machineapi.ShutdownRequest) (*machineapi.ShutdownResponse, error) {
	go func() {
		s.machine.setStage(runtime.MachineStageShuttingDown, false)
		s.machine.PowerOff()
	}()

	return &machineapi.ShutdownResponse{Messages: []*machineapi.Shutdown{{}}}, nil
}

func (s *service) MetaWrite(_ context.Context, req *machineapi.MetaWriteRequest) (*machineapi.MetaWriteResponse, error) {
	s.machine.mu.Lock()
	defer s.machine.mu.Unlock()

	s.machine.meta[uint8(req.Key)] = string(req.Value)

	return &machineapi.MetaWriteResponse{Messages: []*machineapi.MetaWrite{{}}}, nil
}

func (s *service) MetaDelete(_ context.Context, req *machineapi.MetaDeleteRequest) (*machineapi.MetaDeleteResponse, error) {
	s.machine.mu.Lock()
	defer s.machine.mu.Unlock()

	if _, ok := s.machine.meta[uint8(req.Key)]; !ok {
		return nil, status.Error(codes.NotFound, "meta key not found")
	}

	delete(s.machine.meta, uint8(req.Key))

	return &machineapi.MetaDeleteResponse{Messages: []*machineapi.MetaDelete{{}}}, nil
}

func (s *service) ImageList(*machineapi.ImageListRequest, grpc.ServerStreamingServer[machineapi.ImageListResponse]) error {
	return nil
}

func (s *service) ImagePull(context.Context, *machineapi.ImagePullRequest) (*machineapi.ImagePullResponse, error) {
	return &machineapi.ImagePullResponse{Messages: []*machineapi.ImagePull{{}}}, nil
}

func (s *storage) Disks(context.Context, *emptypb.Empty) (*storageapi.DisksResponse, error) {
	s.machine.mu.Lock()
	defer s.machine.mu.Unlock()

	disks := make([]*storageapi.Disk, 0, len(s.machine.spec.Disks))
	for index, name := range s.machine.spec.Disks {
		disks = append(disks, &storageapi.Disk{
			DeviceName: name, Size: 50 << 30, Type: storageapi.Disk_SSD, SystemDisk: index == 0 && s.machine.installed != nil,
		})
	}

	return &storageapi.DisksResponse{Messages: []*storageapi.Disks{{Disks: disks}}}, nil
}

package node

import (
	"context"
	"fmt"

	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// streamingUpgrades is the minor version since which clients pull, upgrade and reboot by themselves.
const streamingUpgrades = 13

type images struct {
	machineapi.UnimplementedImageServiceServer
}

type lifecycle struct {
	machineapi.UnimplementedLifecycleServiceServer
}

func (m *Machine) isInstalled() bool {
	m.mu.Lock()
	defer m.mu.Unlock()

	return m.installed != nil
}

// pull waits as long as a download takes; the error is why there is none.
func (m *Machine) pull(reference string) (image, error) {
	if m.faults().UpgradeFails {
		return image{}, status.Error(codes.Unavailable, "error pulling image: unexpected status code 503")
	}

	wanted, err := parseImage(reference)
	if err != nil {
		return image{}, status.Errorf(codes.NotFound, "error validating installer image %q: %s", reference, err)
	}

	pause(m.timing().Pull)

	return wanted, nil
}

func (s *service) Upgrade(ctx context.Context, req *machineapi.UpgradeRequest) (*machineapi.UpgradeResponse, error) {
	m := machineOf(ctx)

	if !m.isInstalled() {
		return nil, status.Error(codes.FailedPrecondition, "Talos is not installed")
	}

	wanted, err := m.pull(req.GetImage())
	if err != nil {
		return nil, err
	}

	// Talos from 1.13 on asks etcd no more when the data is to be kept.
	if !req.Force && (m.minor() < streamingUpgrades || !req.Preserve) {
		if err = m.validateForUpgrade(); err != nil {
			return nil, status.Errorf(codes.Unknown, "error validating etcd for upgrade: %s", err)
		}
	}

	actor := newActor()

	if req.Stage {
		m.mu.Lock()
		m.installed = &wanted
		m.mu.Unlock()
	}

	go func() {
		m.busy.Lock()
		defer m.busy.Unlock()
		m.sequence(actor, "upgrade", machineapi.SequenceEvent_START)
		m.setStage(runtime.MachineStageUpgrading, false)
		m.task(actor, "upgrade", machineapi.TaskEvent_START)
		pause(m.timing().Upgrade)
		m.mu.Lock()
		m.installed = &wanted
		m.mu.Unlock()
		m.reboot(actor, func() {})
	}()

	return &machineapi.UpgradeResponse{Messages: []*machineapi.Upgrade{{Ack: "Upgrade request received", ActorId: actor}}}, nil
}

// validateForUpgrade refuses what would cost etcd its quorum.
func (m *Machine) validateForUpgrade() error {
	in, err := m.controlPlane("upgrade")
	if err != nil {
		// A worker has no etcd.
		return nil //nolint:nilerr
	}

	ids, members, err := in.memberIDs()
	if err != nil {
		return err
	}

	if len(ids) == 2 {
		return fmt.Errorf("etcd member count(%d) is insufficient to maintain quorum if upgrade commences", len(ids))
	}

	for _, id := range ids {
		if !members[id].runsEtcd() {
			return fmt.Errorf("etcd member %016x is not healthy; all members must be healthy to perform an upgrade: "+
				"context deadline exceeded", id)
		}
	}

	return nil
}

func (i *images) Pull(
	req *machineapi.ImageServicePullRequest, out grpc.ServerStreamingServer[machineapi.ImageServicePullResponse],
) error {
	if _, err := machineOf(out.Context()).pull(req.ImageRef); err != nil {
		return err
	}

	return out.Send(&machineapi.ImageServicePullResponse{ //nolint:wrapcheck // as the API sends it
		Response: &machineapi.ImageServicePullResponse_Name{Name: req.ImageRef},
	})
}

func (l *lifecycle) Upgrade(
	req *machineapi.LifecycleServiceUpgradeRequest, out grpc.ServerStreamingServer[machineapi.LifecycleServiceUpgradeResponse],
) error {
	m := machineOf(out.Context())

	if !m.isInstalled() {
		return status.Error(codes.FailedPrecondition, "machine is not installed")
	}

	wanted, err := parseImage(req.GetSource().GetImageName())
	if err != nil {
		return status.Errorf(codes.Internal, "upgrade failed: %s", err)
	}

	if !m.busy.TryLock() {
		return status.Error(codes.FailedPrecondition, "another installation/upgrade is already in progress")
	}
	defer m.busy.Unlock()

	send := func(progress *machineapi.LifecycleServiceInstallProgress) error {
		return out.Send(&machineapi.LifecycleServiceUpgradeResponse{Progress: progress}) //nolint:wrapcheck // as the API sends it
	}

	if err = send(&machineapi.LifecycleServiceInstallProgress{
		Response: &machineapi.LifecycleServiceInstallProgress_Message{Message: "running Talos installer " + wanted.version},
	}); err != nil {
		return err
	}

	pause(m.timing().Upgrade)

	// Who hangs up ends the installer with it.
	if out.Context().Err() != nil {
		return out.Context().Err() //nolint:wrapcheck // as the API sends it
	}

	m.mu.Lock()
	m.installed = &wanted
	m.mu.Unlock()

	return send(&machineapi.LifecycleServiceInstallProgress{
		Response: &machineapi.LifecycleServiceInstallProgress_ExitCode{ExitCode: 0},
	})
}

// restart boots the machine again on request of an actor.
func (m *Machine) restart(actor string) {
	m.busy.Lock()
	defer m.busy.Unlock()
	m.reboot(actor, func() {})
}

func (s *service) Reboot(ctx context.Context, _ *machineapi.RebootRequest) (*machineapi.RebootResponse, error) {
	actor := newActor()

	go machineOf(ctx).restart(actor)

	return &machineapi.RebootResponse{Messages: []*machineapi.Reboot{{ActorId: actor}}}, nil
}

func (s *service) Shutdown(ctx context.Context, _ *machineapi.ShutdownRequest) (*machineapi.ShutdownResponse, error) {
	m, actor := machineOf(ctx), newActor()

	go func() {
		m.setStage(runtime.MachineStageShuttingDown, false)
		m.task(actor, "stopAllServices", machineapi.TaskEvent_START)
		pause(50)
		m.PowerOff()
	}()

	return &machineapi.ShutdownResponse{Messages: []*machineapi.Shutdown{{ActorId: actor}}}, nil
}

func (s *service) Reset(ctx context.Context, req *machineapi.ResetRequest) (*machineapi.ResetResponse, error) {
	m, actor := machineOf(ctx), newActor()

	if m.configuration() == nil && len(req.SystemPartitionsToWipe) > 0 && m.minor() < streamingUpgrades {
		return nil, status.Error(codes.Unknown, "system partitions to wipe params is not supported in the maintenance mode")
	}

	for _, part := range req.SystemPartitionsToWipe {
		if _, ok := partitions[part.Label]; !ok {
			return nil, status.Errorf(codes.Unknown, "failed to get volume status with label %q: resource doesn't exist", part.Label)
		}
	}

	go m.reset(req, actor)

	return &machineapi.ResetResponse{Messages: []*machineapi.Reset{{ActorId: actor}}}, nil
}

// partitions of a system disk, with their sizes; the rest of the disk is EPHEMERAL.
var partitions = map[string]uint64{"EFI": 2200 << 20, "META": 1 << 20, "STATE": 100 << 20, "EPHEMERAL": 0}

// reset leaves the cluster if it is to, wipes, and boots or stays off.
func (m *Machine) reset(req *machineapi.ResetRequest, actor string) {
	m.busy.Lock()
	defer m.busy.Unlock()
	m.sequence(actor, "reset", machineapi.SequenceEvent_START)
	m.setStage(runtime.MachineStageResetting, false)

	if req.Graceful {
		if err := m.leaveEtcd(); err != nil {
			m.note("reset sequence: failed: %s", err)
			m.emit(actor, failure("reset", err))
			m.setStage(runtime.MachineStageRunning, true)

			return
		}
	}

	if cfg := m.configuration(); cfg != nil {
		m.world.cluster(cfg.Cluster().ID()).forget(m)
	}

	pause(m.timing().Upgrade)

	m.task(actor, "stopAllServices", machineapi.TaskEvent_START)

	if req.Reboot {
		m.reboot(actor, func() { m.wipe(req) })

		return
	}

	pause(50)
	m.down()
	m.wipe(req)
}

// leaveEtcd is refused to the last member.
func (m *Machine) leaveEtcd() error {
	in, err := m.controlPlane("reset")
	if err != nil {
		// A worker has nothing to leave.
		return nil //nolint:nilerr
	}

	if m.isReal() {
		return m.leaveRealEtcd(context.Background())
	}

	return in.leaveInOrder(m)
}

// wipe forgets what was on the partitions: on all of them, when none is named. The machine is down.
func (m *Machine) wipe(req *machineapi.ResetRequest) {
	all := len(req.SystemPartitionsToWipe) == 0
	wiped := map[string]bool{}

	for _, part := range req.SystemPartitionsToWipe {
		wiped[part.Label] = part.Wipe
	}

	cfg := m.configuration()

	m.mu.Lock()
	if all || wiped["STATE"] {
		m.config, m.staged = nil, nil
	}

	if all || wiped["META"] {
		m.meta = map[uint8]string{}
	}

	if all {
		m.installed = nil
	}

	lost := m.hasData && (all || wiped["EPHEMERAL"])
	if lost {
		m.hasData = false
	}
	m.mu.Unlock()

	if lost && cfg != nil {
		m.world.cluster(cfg.Cluster().ID()).lose()
	}
}

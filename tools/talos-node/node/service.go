package node

import (
	"context"
	"strings"

	"github.com/siderolabs/talos/pkg/machinery/api/common"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	storageapi "github.com/siderolabs/talos/pkg/machinery/api/storage"
	timeapi "github.com/siderolabs/talos/pkg/machinery/api/time"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// service is the machine API of Talos, as far as a manager uses it. All else is unimplemented.
type service struct {
	machineapi.UnimplementedMachineServiceServer
}

type storage struct {
	storageapi.UnimplementedStorageServiceServer
}

type clock struct {
	timeapi.UnimplementedTimeServiceServer
}

func (s *service) Version(ctx context.Context, _ *emptypb.Empty) (*machineapi.VersionResponse, error) {
	return &machineapi.VersionResponse{Messages: []*machineapi.Version{{
		Version:  &machineapi.VersionInfo{Tag: machineOf(ctx).View().Talos, Arch: "amd64", Os: "linux"},
		Platform: &machineapi.PlatformInfo{Name: "nocloud", Mode: "cloud"},
		Features: &machineapi.FeaturesInfo{Rbac: true},
	}}}, nil
}

func (s *service) Hostname(ctx context.Context, _ *emptypb.Empty) (*machineapi.HostnameResponse, error) {
	return &machineapi.HostnameResponse{Messages: []*machineapi.Hostname{{Hostname: machineOf(ctx).View().Hostname}}}, nil
}

func (s *service) Memory(ctx context.Context, _ *emptypb.Empty) (*machineapi.MemoryResponse, error) {
	total := uint64(machineOf(ctx).spec.MemoryMB) * 1024

	return &machineapi.MemoryResponse{Messages: []*machineapi.Memory{{Meminfo: &machineapi.MemInfo{
		Memtotal: total, Memfree: total / 2, Memavailable: total / 2,
	}}}}, nil
}

// bootIDFile is the only file that is there.
const bootIDFile = "/proc/sys/kernel/random/boot_id"

func (s *service) Read(req *machineapi.ReadRequest, out grpc.ServerStreamingServer[common.Data]) error {
	if req.Path != bootIDFile {
		return status.Errorf(codes.Unknown, "stat %s: no such file or directory", req.Path)
	}

	return out.Send(&common.Data{Bytes: []byte(machineOf(out.Context()).View().BootID + "\n")}) //nolint:wrapcheck // as the API sends it
}

func (s *service) Dmesg(_ *machineapi.DmesgRequest, out grpc.ServerStreamingServer[common.Data]) error {
	m := machineOf(out.Context())

	m.mu.Lock()
	text := strings.Join(m.log, "\n") + "\n"
	m.mu.Unlock()

	return out.Send(&common.Data{Bytes: []byte(text)}) //nolint:wrapcheck // as the API sends it
}

func (s *service) ServiceList(ctx context.Context, _ *emptypb.Empty) (*machineapi.ServiceListResponse, error) {
	m := machineOf(ctx)
	view, cfg := m.View(), m.configuration()
	states := map[string]bool{"apid": true, "machined": true, "containerd": true, "udevd": true}
	names := []string{"apid", "containerd", "machined", "udevd"}

	if cfg != nil {
		names = append(names, "cri", "kubelet")
		states["cri"], states["kubelet"] = true, view.Ready

		if cfg.Machine().Type().IsControlPlane() {
			names = append(names, "etcd", "trustd")
			states["etcd"], states["trustd"] = view.Ready, true
		}
	}

	answer := &machineapi.ServiceList{}

	for _, name := range names {
		state, text := "Running", "Health check successful"
		if !states[name] {
			state, text = "Preparing", "Running pre state"
		}

		answer.Services = append(answer.Services, &machineapi.ServiceInfo{
			Id: name, State: state,
			Events: &machineapi.ServiceEvents{Events: []*machineapi.ServiceEvent{{Msg: text, State: state, Ts: timestamppb.Now()}}},
			Health: &machineapi.ServiceHealth{Healthy: states[name], LastChange: timestamppb.Now()},
		})
	}

	return &machineapi.ServiceListResponse{Messages: []*machineapi.ServiceList{answer}}, nil
}

func (s *service) MetaWrite(ctx context.Context, req *machineapi.MetaWriteRequest) (*machineapi.MetaWriteResponse, error) {
	m := machineOf(ctx)

	m.mu.Lock()
	defer m.mu.Unlock()

	m.meta[uint8(req.Key)] = string(req.Value)

	return &machineapi.MetaWriteResponse{Messages: []*machineapi.MetaWrite{{}}}, nil
}

func (s *service) MetaDelete(ctx context.Context, req *machineapi.MetaDeleteRequest) (*machineapi.MetaDeleteResponse, error) {
	m := machineOf(ctx)

	m.mu.Lock()
	defer m.mu.Unlock()

	if _, ok := m.meta[uint8(req.Key)]; !ok {
		return nil, status.Error(codes.NotFound, "meta key not found")
	}

	delete(m.meta, uint8(req.Key))

	return &machineapi.MetaDeleteResponse{Messages: []*machineapi.MetaDelete{{}}}, nil
}

func (s *service) ImageList(*machineapi.ImageListRequest, grpc.ServerStreamingServer[machineapi.ImageListResponse]) error {
	return nil
}

func (s *service) ImagePull(context.Context, *machineapi.ImagePullRequest) (*machineapi.ImagePullResponse, error) {
	return &machineapi.ImagePullResponse{Messages: []*machineapi.ImagePull{{}}}, nil
}

func (s *storage) Disks(ctx context.Context, _ *emptypb.Empty) (*storageapi.DisksResponse, error) {
	m := machineOf(ctx)

	m.mu.Lock()
	defer m.mu.Unlock()

	disks := make([]*storageapi.Disk, 0, len(m.spec.Disks))
	for index, disk := range m.spec.Disks {
		disks = append(disks, &storageapi.Disk{
			DeviceName: disk.Name, Size: disk.size(), Serial: disk.Serial, Type: storageapi.Disk_SSD,
			SystemDisk: index == 0 && m.installed != nil,
		})
	}

	return &storageapi.DisksResponse{Messages: []*storageapi.Disks{{Disks: disks}}}, nil
}

// Time is that of the machine, and what a time server would say.
func (c *clock) Time(ctx context.Context, _ *emptypb.Empty) (*timeapi.TimeResponse, error) {
	return &timeapi.TimeResponse{Messages: []*timeapi.Time{{
		Server: "time.cloudflare.com", Localtime: timestamppb.New(machineOf(ctx).now()), Remotetime: timestamppb.Now(),
	}}}, nil
}

package node

import (
	"context"

	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/siderolabs/talos/pkg/machinery/api/common"
)

// etcd of a control plane.
func (s *service) etcd() (*cluster, error) {
	s.machine.mu.Lock()
	cfg := s.machine.config
	s.machine.mu.Unlock()

	if cfg == nil || !cfg.Machine().Type().IsControlPlane() {
		return nil, status.Error(codes.Unimplemented, "method is only available on control plane nodes")
	}

	return s.machine.world.cluster(cfg.Cluster().ID()), nil
}

func (s *service) Bootstrap(context.Context, *machineapi.BootstrapRequest) (*machineapi.BootstrapResponse, error) {
	in, err := s.etcd()
	if err != nil {
		return nil, err
	}

	if err = in.bootstrap(s.machine); err != nil {
		return nil, status.Error(codes.AlreadyExists, err.Error())
	}

	return &machineapi.BootstrapResponse{Messages: []*machineapi.Bootstrap{{}}}, nil
}

func (s *service) EtcdMemberList(
	context.Context, *machineapi.EtcdMemberListRequest,
) (*machineapi.EtcdMemberListResponse, error) {
	in, err := s.etcd()
	if err != nil {
		return nil, err
	}

	ids, members, err := in.memberIDs()
	if err != nil {
		return nil, status.Error(codes.Unavailable, err.Error())
	}

	list := make([]*machineapi.EtcdMember, 0, len(ids))
	for _, id := range ids {
		list = append(list, &machineapi.EtcdMember{Id: id, Hostname: members[id].View().Hostname})
	}

	return &machineapi.EtcdMemberListResponse{Messages: []*machineapi.EtcdMembers{{Members: list}}}, nil
}

func (s *service) EtcdStatus(context.Context, *emptypb.Empty) (*machineapi.EtcdStatusResponse, error) {
	in, err := s.etcd()
	if err != nil {
		return nil, err
	}

	ids, members, err := in.memberIDs()
	if err != nil {
		return nil, status.Error(codes.Unavailable, err.Error())
	}

	answer := &machineapi.EtcdMemberStatus{Leader: ids[0], RaftIndex: 1, RaftTerm: 1}
	for id, member := range members {
		if member == s.machine {
			answer.MemberId = id
		}
	}

	return &machineapi.EtcdStatusResponse{Messages: []*machineapi.EtcdStatus{{MemberStatus: answer}}}, nil
}

func (s *service) EtcdRemoveMemberByID(
	_ context.Context, req *machineapi.EtcdRemoveMemberByIDRequest,
) (*machineapi.EtcdRemoveMemberByIDResponse, error) {
	in, err := s.etcd()
	if err != nil {
		return nil, err
	}

	_, members, err := in.memberIDs()
	if err != nil {
		return nil, status.Error(codes.Unavailable, err.Error())
	}

	member, ok := members[req.MemberId]
	if !ok {
		return nil, status.Error(codes.NotFound, "etcdserver: member not found")
	}

	in.leave(member)

	return &machineapi.EtcdRemoveMemberByIDResponse{Messages: []*machineapi.EtcdRemoveMemberByID{{}}}, nil
}

func (s *service) EtcdForfeitLeadership(
	context.Context, *machineapi.EtcdForfeitLeadershipRequest,
) (*machineapi.EtcdForfeitLeadershipResponse, error) {
	return &machineapi.EtcdForfeitLeadershipResponse{Messages: []*machineapi.EtcdForfeitLeadership{{}}}, nil
}

func (s *service) EtcdLeaveCluster(
	context.Context, *machineapi.EtcdLeaveClusterRequest,
) (*machineapi.EtcdLeaveClusterResponse, error) {
	in, err := s.etcd()
	if err != nil {
		return nil, err
	}

	in.leave(s.machine)

	return &machineapi.EtcdLeaveClusterResponse{Messages: []*machineapi.EtcdLeaveCluster{{}}}, nil
}

// EtcdSnapshot is not a real one: nobody here reads it again.
func (s *service) EtcdSnapshot(_ *machineapi.EtcdSnapshotRequest, out grpc.ServerStreamingServer[common.Data]) error {
	if _, err := s.etcd(); err != nil {
		return err
	}

	return out.Send(&common.Data{Bytes: []byte("snapshot of " + s.machine.spec.ID)}) //nolint:wrapcheck // as the API sends it
}

func (s *service) ServiceList(context.Context, *emptypb.Empty) (*machineapi.ServiceListResponse, error) {
	view := s.machine.View()

	names := []string{"apid", "kubelet"}
	if _, err := s.etcd(); err == nil {
		names = append(names, "etcd")
	}

	services := make([]*machineapi.ServiceInfo, 0, len(names))
	for _, name := range names {
		services = append(services, &machineapi.ServiceInfo{
			Id: name, State: "Running", Health: &machineapi.ServiceHealth{Healthy: view.Ready},
		})
	}

	return &machineapi.ServiceListResponse{Messages: []*machineapi.ServiceList{{Services: services}}}, nil
}

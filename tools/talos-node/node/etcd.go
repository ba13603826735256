package node

import (
	"context"
	"fmt"

	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	etcdresource "github.com/siderolabs/talos/pkg/machinery/resources/etcd"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// controlPlane is the cluster of a machine that has one.
func (m *Machine) controlPlane(api string) (*cluster, error) {
	cfg := m.configuration()

	switch {
	case cfg == nil:
		return nil, status.Errorf(codes.Unimplemented, "machine type is not set, cannot use %s API", api)
	case !cfg.Machine().Type().IsControlPlane():
		return nil, status.Errorf(codes.Unimplemented, "%s is only available on control plane nodes", api)
	default:
		return m.world.cluster(cfg.Cluster().ID()), nil
	}
}

// etcdOf asks etcd for its members. The id is that of the machine.
func etcdOf(ctx context.Context, api string) (in *cluster, own uint64, ids []uint64, members map[uint64]*Machine, err error) {
	m := machineOf(ctx)

	if in, err = m.controlPlane(api); err != nil {
		return nil, 0, nil, nil, err
	}

	if ids, members, err = in.memberIDs(); err != nil {
		return nil, 0, nil, nil, status.Error(codes.Unavailable, err.Error())
	}

	for id, member := range members {
		if member == m {
			own = id
		}
	}

	return in, own, ids, members, nil
}

func (s *service) Bootstrap(ctx context.Context, req *machineapi.BootstrapRequest) (*machineapi.BootstrapResponse, error) {
	m := machineOf(ctx)

	in, err := m.controlPlane("bootstrap")
	if err != nil {
		return nil, err
	}

	if req.RecoverEtcd && !m.recovers() {
		return nil, status.Error(codes.FailedPrecondition, "no snapshot was uploaded")
	}

	if err = in.bootstrap(m); err != nil {
		return nil, status.Error(codes.AlreadyExists, err.Error())
	}

	return &machineapi.BootstrapResponse{Messages: []*machineapi.Bootstrap{{}}}, nil
}

func (s *service) EtcdMemberList(
	ctx context.Context, _ *machineapi.EtcdMemberListRequest,
) (*machineapi.EtcdMemberListResponse, error) {
	_, _, ids, members, err := etcdOf(ctx, "member list")
	if err != nil {
		return nil, err
	}

	answer := &machineapi.EtcdMembers{}

	for _, id := range ids {
		m := members[id]
		name := m.View().Hostname
		answer.LegacyMembers = append(answer.LegacyMembers, name)
		answer.Members = append(answer.Members, &machineapi.EtcdMember{
			Id: id, Hostname: name,
			PeerUrls:   []string{fmt.Sprintf("https://%s:2380", m.address)},
			ClientUrls: []string{fmt.Sprintf("https://%s:2379", m.address)},
		})
	}

	return &machineapi.EtcdMemberListResponse{Messages: []*machineapi.EtcdMembers{answer}}, nil
}

func (s *service) EtcdStatus(ctx context.Context, _ *emptypb.Empty) (*machineapi.EtcdStatusResponse, error) {
	in, own, _, _, err := etcdOf(ctx, "etcd status")
	if err != nil {
		return nil, err
	}

	in.mu.Lock()
	defer in.mu.Unlock()

	return &machineapi.EtcdStatusResponse{Messages: []*machineapi.EtcdStatus{{MemberStatus: &machineapi.EtcdMemberStatus{
		MemberId: own, Leader: in.leader, RaftTerm: in.term, RaftIndex: in.version + 1, RaftAppliedIndex: in.version + 1,
		ProtocolVersion: "3.6.6", StorageVersion: "3.6.0", DbSize: 1 << 20, DbSizeInUse: 1 << 19,
	}}}}, nil
}

func (s *service) EtcdAlarmList(ctx context.Context, _ *emptypb.Empty) (*machineapi.EtcdAlarmListResponse, error) {
	if _, _, _, _, err := etcdOf(ctx, "etcd alarm list"); err != nil {
		return nil, err
	}

	return &machineapi.EtcdAlarmListResponse{Messages: []*machineapi.EtcdAlarm{{}}}, nil
}

func (s *service) EtcdRemoveMemberByID(
	ctx context.Context, req *machineapi.EtcdRemoveMemberByIDRequest,
) (*machineapi.EtcdRemoveMemberByIDResponse, error) {
	in, _, _, members, err := etcdOf(ctx, "etcd remove member")
	if err != nil {
		return nil, err
	}

	member, ok := members[req.MemberId]
	if !ok {
		return nil, status.Error(codes.NotFound, "etcdserver: member not found")
	}

	in.mu.Lock()
	in.leave(member)
	in.mu.Unlock()

	return &machineapi.EtcdRemoveMemberByIDResponse{Messages: []*machineapi.EtcdRemoveMemberByID{{}}}, nil
}

func (s *service) EtcdForfeitLeadership(
	ctx context.Context, _ *machineapi.EtcdForfeitLeadershipRequest,
) (*machineapi.EtcdForfeitLeadershipResponse, error) {
	in, own, _, members, err := etcdOf(ctx, "etcd forfeit leadership")
	if err != nil {
		return nil, err
	}

	answer := &machineapi.EtcdForfeitLeadership{}
	if next, ok := in.forfeit(own); ok {
		answer.Member = members[next].View().Hostname
	}

	return &machineapi.EtcdForfeitLeadershipResponse{Messages: []*machineapi.EtcdForfeitLeadership{answer}}, nil
}

func (s *service) EtcdLeaveCluster(
	ctx context.Context, _ *machineapi.EtcdLeaveClusterRequest,
) (*machineapi.EtcdLeaveClusterResponse, error) {
	in, _, _, _, err := etcdOf(ctx, "etcd leave")
	if err != nil {
		return nil, err
	}

	if err = in.leaveInOrder(machineOf(ctx)); err != nil {
		return nil, status.Error(codes.Unknown, err.Error())
	}

	return &machineapi.EtcdLeaveClusterResponse{Messages: []*machineapi.EtcdLeaveCluster{{}}}, nil
}

func (m *Machine) publishMember(id uint64) {
	m.mu.Lock()
	st := m.state
	m.mu.Unlock()

	member := etcdresource.NewMember(etcdresource.NamespaceName, etcdresource.LocalMemberID)
	member.TypedSpec().MemberID = etcdresource.FormatMemberID(id)
	_ = st.Create(context.Background(), member)
}

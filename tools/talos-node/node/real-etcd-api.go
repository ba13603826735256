package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/siderolabs/talos/pkg/machinery/api/common"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// realService is the machine API of machines that have a real etcd.
type realService struct {
	service
}

// machineService is what machines of this world answer with.
func (w *World) machineService() machineapi.MachineServiceServer {
	if w.Programs != nil {
		return &realService{}
	}

	return &service{}
}

// askEtcd asks the member of the machine.
func askEtcd[T any](ctx context.Context, api string, ask func(context.Context, *Machine, *clientv3.Client) (T, error)) (T, error) {
	var none T

	m := machineOf(ctx)

	if _, err := m.controlPlane(api); err != nil {
		return none, err
	}

	client, err := m.etcdClient([]*Machine{m})
	if err != nil {
		return none, err
	}
	defer client.Close() //nolint:errcheck // nothing is lost

	ctx, cancel := context.WithTimeout(ctx, 2*etcdPatience)
	defer cancel()

	answer, err := ask(ctx, m, client)
	if err != nil {
		return none, status.Errorf(codes.Unknown, "%s: %s", api, err)
	}

	return answer, nil
}

func (s *realService) EtcdMemberList(
	ctx context.Context, _ *machineapi.EtcdMemberListRequest,
) (*machineapi.EtcdMemberListResponse, error) {
	return askEtcd(ctx, "member list", func(
		ctx context.Context, _ *Machine, client *clientv3.Client,
	) (*machineapi.EtcdMemberListResponse, error) {
		known, err := client.MemberList(ctx)
		if err != nil {
			return nil, err //nolint:wrapcheck // the caller does
		}

		answer := &machineapi.EtcdMembers{}
		for _, member := range known.Members {
			answer.LegacyMembers = append(answer.LegacyMembers, member.Name)
			answer.Members = append(answer.Members, &machineapi.EtcdMember{
				Id: member.ID, Hostname: member.Name, PeerUrls: member.PeerURLs, ClientUrls: member.ClientURLs, IsLearner: member.IsLearner,
			})
		}

		return &machineapi.EtcdMemberListResponse{Messages: []*machineapi.EtcdMembers{answer}}, nil
	})
}

func (s *realService) EtcdStatus(ctx context.Context, _ *emptypb.Empty) (*machineapi.EtcdStatusResponse, error) {
	return askEtcd(ctx, "etcd status", func(
		ctx context.Context, m *Machine, client *clientv3.Client,
	) (*machineapi.EtcdStatusResponse, error) {
		is, err := client.Status(ctx, m.clientURL())
		if err != nil {
			return nil, err //nolint:wrapcheck // the caller does
		}

		return &machineapi.EtcdStatusResponse{Messages: []*machineapi.EtcdStatus{{MemberStatus: &machineapi.EtcdMemberStatus{
			StorageVersion: is.StorageVersion, ProtocolVersion: is.Version, DbSize: is.DbSize, DbSizeInUse: is.DbSizeInUse,
			Leader: is.Leader, RaftIndex: is.RaftIndex, RaftTerm: is.RaftTerm, RaftAppliedIndex: is.RaftAppliedIndex,
			MemberId: is.Header.MemberId, IsLearner: is.IsLearner, Errors: is.Errors,
		}}}}, nil
	})
}

func (s *realService) EtcdAlarmList(ctx context.Context, _ *emptypb.Empty) (*machineapi.EtcdAlarmListResponse, error) {
	return askEtcd(ctx, "etcd alarm list", func(
		ctx context.Context, _ *Machine, client *clientv3.Client,
	) (*machineapi.EtcdAlarmListResponse, error) {
		known, err := client.AlarmList(ctx)
		if err != nil {
			return nil, err //nolint:wrapcheck // the caller does
		}

		answer := &machineapi.EtcdAlarm{}
		for _, alarm := range known.Alarms {
			answer.MemberAlarms = append(answer.MemberAlarms, &machineapi.EtcdMemberAlarm{
				MemberId: alarm.MemberID, Alarm: machineapi.EtcdMemberAlarm_AlarmType(alarm.Alarm),
			})
		}

		return &machineapi.EtcdAlarmListResponse{Messages: []*machineapi.EtcdAlarm{answer}}, nil
	})
}

func (s *realService) EtcdRemoveMemberByID(
	ctx context.Context, req *machineapi.EtcdRemoveMemberByIDRequest,
) (*machineapi.EtcdRemoveMemberByIDResponse, error) {
	return askEtcd(ctx, "etcd remove member", func(
		ctx context.Context, m *Machine, client *clientv3.Client,
	) (*machineapi.EtcdRemoveMemberByIDResponse, error) {
		if err := m.removeMember(ctx, client, req.MemberId); err != nil {
			return nil, err
		}

		return &machineapi.EtcdRemoveMemberByIDResponse{Messages: []*machineapi.EtcdRemoveMemberByID{{}}}, nil
	})
}

// removeMember takes a member out of etcd, which ends it.
func (m *Machine) removeMember(ctx context.Context, client *clientv3.Client, id uint64) error {
	if _, err := client.MemberRemove(ctx, id); err != nil {
		return fmt.Errorf("failed to remove member %016x: %w", id, err)
	}

	in := m.world.cluster(m.configuration().Cluster().ID())

	in.mu.Lock()
	defer in.mu.Unlock()

	if member, ok := in.members[id]; ok {
		in.leave(member)
	}

	return nil
}

func (s *realService) EtcdLeaveCluster(
	ctx context.Context, _ *machineapi.EtcdLeaveClusterRequest,
) (*machineapi.EtcdLeaveClusterResponse, error) {
	return askEtcd(ctx, "etcd leave", func(
		ctx context.Context, m *Machine, _ *clientv3.Client,
	) (*machineapi.EtcdLeaveClusterResponse, error) {
		if err := m.leaveRealEtcd(ctx); err != nil {
			return nil, err
		}

		return &machineapi.EtcdLeaveClusterResponse{Messages: []*machineapi.EtcdLeaveCluster{{}}}, nil
	})
}

// leaveRealEtcd takes the own member out of etcd; one that is none has nothing to leave.
func (m *Machine) leaveRealEtcd(ctx context.Context) error {
	if !m.keepsData() {
		return nil
	}

	client, err := m.etcdClient([]*Machine{m})
	if err != nil {
		return err
	}
	defer client.Close() //nolint:errcheck // nothing is lost

	ctx, cancel := context.WithTimeout(ctx, 2*etcdPatience)
	defer cancel()

	known, err := client.MemberList(ctx)
	if err != nil {
		return fmt.Errorf("members of etcd: %w", err)
	}

	for _, member := range known.Members {
		if m.isMember(member) {
			return m.removeMember(ctx, client, member.ID)
		}
	}

	return nil
}

func (s *realService) EtcdForfeitLeadership(
	ctx context.Context, _ *machineapi.EtcdForfeitLeadershipRequest,
) (*machineapi.EtcdForfeitLeadershipResponse, error) {
	return askEtcd(ctx, "etcd forfeit leadership", func(
		ctx context.Context, m *Machine, client *clientv3.Client,
	) (*machineapi.EtcdForfeitLeadershipResponse, error) {
		answer := &machineapi.EtcdForfeitLeadership{}
		response := &machineapi.EtcdForfeitLeadershipResponse{Messages: []*machineapi.EtcdForfeitLeadership{answer}}

		is, err := client.Status(ctx, m.clientURL())
		if err != nil || is.Leader != is.Header.MemberId {
			return response, err //nolint:wrapcheck // the caller does
		}

		known, err := client.MemberList(ctx)
		if err != nil {
			return nil, err //nolint:wrapcheck // the caller does
		}

		for _, member := range known.Members {
			if member.ID != is.Leader && !member.IsLearner {
				answer.Member = member.Name
				_, err = client.MoveLeader(ctx, member.ID)

				break
			}
		}

		return response, err //nolint:wrapcheck // the caller does
	})
}

// EtcdSnapshot is the database of the member, with its checksum.
func (s *realService) EtcdSnapshot(_ *machineapi.EtcdSnapshotRequest, out grpc.ServerStreamingServer[common.Data]) error {
	_, err := askEtcd(out.Context(), "etcd snapshot", func(
		ctx context.Context, _ *Machine, client *clientv3.Client,
	) (struct{}, error) {
		database, err := client.Snapshot(ctx)
		if err != nil {
			return struct{}{}, err //nolint:wrapcheck // the caller does
		}
		defer database.Close() //nolint:errcheck // it was only read

		_, err = io.Copy(sender{out}, database)

		return struct{}{}, err //nolint:wrapcheck // the caller does
	})

	return err
}

// sender writes into a stream of the API.
type sender struct {
	out grpc.ServerStreamingServer[common.Data]
}

func (s sender) Write(part []byte) (int, error) {
	return len(part), s.out.Send(&common.Data{Bytes: part}) //nolint:wrapcheck // as the API sends it
}

// EtcdRecover takes a snapshot to begin etcd from.
func (s *realService) EtcdRecover(in grpc.ClientStreamingServer[common.Data, machineapi.EtcdRecoverResponse]) error {
	m := machineOf(in.Context())

	if _, err := m.controlPlane("etcd recover"); err != nil {
		return err
	}

	if err := os.MkdirAll(m.disk(), 0o700); err != nil {
		return fmt.Errorf("folder: %w", err)
	}

	file, err := os.OpenFile(m.snapshotFile(), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	defer file.Close() //nolint:errcheck // Sync tells

	for {
		part, err := in.Recv()
		if errors.Is(err, io.EOF) {
			break
		}

		if err != nil {
			return err //nolint:wrapcheck // as the API sends it
		}

		if _, err = file.Write(part.Bytes); err != nil {
			return fmt.Errorf("snapshot: %w", err)
		}
	}

	m.mu.Lock()
	m.recovery = true
	m.mu.Unlock()

	//nolint:wrapcheck // as the API sends it
	return in.SendAndClose(&machineapi.EtcdRecoverResponse{Messages: []*machineapi.EtcdRecover{{}}})
}

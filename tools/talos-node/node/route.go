package node

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/api/common"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Call is a request that a machine has answered.
type Call struct {
	// At is when, in milliseconds since 1970.
	At int64 `json:"at"`
	// Method as gRPC names it: `/machine.MachineService/Version`.
	Method string `json:"method"`
	// Via is the address of the machine that passed it on; "" if it came directly.
	Via string `json:"via"`
	// Roles of the caller; none in maintenance.
	Roles []string `json:"roles"`
	// Code of the answer: `OK`, `AlreadyExists`.
	Code string `json:"code"`
	// Message of a refusal.
	Message string `json:"message"`
}

type targetKey struct{}

// machineOf is the machine that a request is for: the one that has the connection, or one that it passes the request on to.
func machineOf(ctx context.Context) *Machine {
	m, ok := ctx.Value(targetKey{}).(*Machine)
	if !ok {
		panic("a request without a machine")
	}

	return m
}

// route is what one server does with the metadata `node` and `nodes`, as apid does.
type route struct {
	self *Machine
	// maintained: the server is one of maintenance mode.
	maintained bool
}

// target is a machine that a request is for. The error is why it cannot be had.
type target struct {
	address string
	machine *Machine
	err     error
}

// manyServices are those whose answers have a message per node.
var manyServices = []string{
	"/machine.MachineService/", "/cluster.ClusterService/", "/inspect.InspectService/", "/storage.StorageService/",
	"/time.TimeService/",
}

// targets of a request; `many` if its answer is to have a message per node.
func (r *route) targets(ctx context.Context, method string) (list []target, many bool, err error) {
	// The server of maintenance mode passes nothing on.
	if r.maintained {
		return []target{{machine: r.self}}, false, nil
	}

	sent, _ := metadata.FromIncomingContext(ctx)
	nodes, node := sent.Get("nodes"), sent.Get("node")

	switch {
	case len(node) > 1:
		return nil, false, status.Error(codes.InvalidArgument, "node metadata must be single-valued")
	case len(nodes) > 0 && !slices.ContainsFunc(manyServices, func(prefix string) bool { return strings.HasPrefix(method, prefix) }):
		return nil, false, status.Errorf(codes.InvalidArgument, "one-2-many proxying is not supported for method %s", method)
	case len(nodes) > 0:
		for _, address := range nodes {
			list = append(list, r.find(address))
		}

		return list, true, nil
	case len(node) == 1:
		found := r.find(node[0])

		return []target{found}, false, found.err
	default:
		return []target{{machine: r.self}}, false, nil
	}
}

// find looks up a machine as another one would reach it.
func (r *route) find(address string) target {
	found := r.self.world.byAddress(address)
	if found == r.self || address == "" {
		return target{address: address, machine: r.self}
	}

	refuse := func(text string, args ...any) target {
		return target{address: address, err: status.Errorf(codes.Unavailable, text, args...)}
	}

	switch {
	case found == nil || !found.listens():
		return refuse(`connection error: desc = "transport: Error while dialing: dial tcp %s:%d: connect: no route to host"`,
			address, r.self.spec.APIPort)
	case !r.self.trusts(found):
		return refuse(`connection error: desc = "transport: authentication handshake failed: tls: failed to verify certificate: ` +
			`x509: certificate signed by unknown authority"`)
	default:
		return target{address: address, machine: found}
	}
}

func (r *route) record(ctx context.Context, to *Machine, method string, err error) {
	call := Call{At: time.Now().UnixMilli(), Method: method, Roles: rolesOf(ctx).Strings(), Code: status.Code(err).String()}

	if to != r.self {
		call.Via = r.self.address.String()
	}

	if err != nil {
		call.Message = status.Convert(err).Message()
	}

	to.mu.Lock()
	to.calls = append(to.calls, call)
	to.mu.Unlock()
}

// unary answers a request, for each machine that it is for.
func (r *route) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	ctx = withRoles(ctx, r.self, r.maintained)

	list, many, err := r.targets(ctx, info.FullMethod)
	if err != nil {
		return nil, err
	}

	ask := func(to target) (any, error) {
		if to.err != nil {
			return nil, to.err
		}

		if err := r.authorize(ctx, info.FullMethod); err != nil {
			r.record(ctx, to.machine, info.FullMethod, err)

			return nil, err
		}

		answer, err := handler(context.WithValue(ctx, targetKey{}, to.machine), req)
		r.record(ctx, to.machine, info.FullMethod, err)

		return answer, err
	}

	if !many {
		return ask(list[0])
	}

	answers := make([]proto.Message, len(list))
	failures := make([]error, len(list))

	var each sync.WaitGroup

	for index, to := range list {
		each.Go(func() {
			answer, err := ask(to)
			failures[index] = err
			answers[index], _ = answer.(proto.Message)
		})
	}

	each.Wait()

	return gather(list, answers, failures)
}

// gather makes one answer of those of all machines: a message each, which names the machine, and says why one has no answer.
func gather(list []target, answers []proto.Message, failures []error) (any, error) {
	var one protoreflect.Message

	for index, answer := range answers {
		if failures[index] == nil {
			one = answer.ProtoReflect().New()
		}
	}

	if one == nil {
		return nil, failures[0]
	}

	field := one.Descriptor().Fields().ByName("messages")
	messages := one.Mutable(field).List()

	for index, to := range list {
		if failures[index] != nil {
			empty := messages.NewElement()
			setMetadata(empty.Message(), &common.Metadata{
				Hostname: to.address, Error: failures[index].Error(), Status: status.Convert(failures[index]).Proto(),
			})
			messages.Append(empty)

			continue
		}

		own := answers[index].ProtoReflect().Get(field).List()
		for i := range own.Len() {
			setMetadata(own.Get(i).Message(), &common.Metadata{Hostname: to.address})
			messages.Append(own.Get(i))
		}
	}

	return one.Interface(), nil
}

func setMetadata(message protoreflect.Message, value *common.Metadata) {
	if field := message.Descriptor().Fields().ByName("metadata"); field != nil {
		message.Set(field, protoreflect.ValueOfMessage(value.ProtoReflect()))
	}
}

// stream answers a request whose answer, or question, has several messages.
func (r *route) stream(srv any, given grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	ctx := withRoles(given.Context(), r.self, r.maintained)

	list, many, err := r.targets(ctx, info.FullMethod)
	if err != nil {
		return err
	}

	ask := func(to target) error {
		if to.err != nil {
			return to.err
		}

		if err := r.authorize(ctx, info.FullMethod); err != nil {
			r.record(ctx, to.machine, info.FullMethod, err)

			return err
		}

		own := &routed{ServerStream: given, ctx: context.WithValue(ctx, targetKey{}, to.machine)}
		if many {
			own.address = to.address
		}

		err := handler(srv, own)
		r.record(ctx, to.machine, info.FullMethod, err)

		return err
	}

	// Nobody asks several machines for a stream at once, but one may be asked as one of many.
	for _, to := range list {
		if err := ask(to); err != nil {
			return err
		}
	}

	return nil
}

// routed is a stream for one machine.
type routed struct {
	grpc.ServerStream

	ctx     context.Context //nolint:containedctx // that of the request, with its machine
	address string
}

func (s *routed) Context() context.Context { return s.ctx }

func (s *routed) SendMsg(m any) error {
	if message, ok := m.(proto.Message); ok && s.address != "" {
		setMetadata(message.ProtoReflect(), &common.Metadata{Hostname: s.address})
	}

	if err := s.ServerStream.SendMsg(m); err != nil {
		return fmt.Errorf("send: %w", err)
	}

	return nil
}

// byAddress is the machine that is to be reached at an address.
func (w *World) byAddress(address string) *Machine {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return nil
	}

	w.mu.Lock()
	machines := slices.Clone(w.machines)
	w.mu.Unlock()

	for _, m := range machines {
		if slices.Contains(m.reachableAt(), ip) {
			return m
		}
	}

	return nil
}

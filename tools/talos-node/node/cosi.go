package node

import (
	"context"

	"github.com/cosi-project/runtime/api/v1alpha1"
	"github.com/cosi-project/runtime/pkg/resource/meta"
	cosiserver "github.com/cosi-project/runtime/pkg/state/protobuf/server"
	"github.com/siderolabs/talos/pkg/machinery/role"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// resourceState serves the resources of the machine that a request is for. It can be read only.
type resourceState struct {
	v1alpha1.UnimplementedStateServer
}

// readable is the state of the machine, if the caller may see that type.
func readable(ctx context.Context, resourceType string) (*cosiserver.State, error) {
	if sensitive[resourceType] && !rolesOf(ctx).Includes(role.Admin) {
		return nil, errNotAuthorized
	}

	m := machineOf(ctx)

	m.mu.Lock()
	defer m.mu.Unlock()

	return cosiserver.NewState(m.state), nil
}

// sensitive types are for administrators only.
var sensitive = func() map[string]bool {
	types := map[string]bool{}
	for _, definition := range definitions() {
		spec := definition.ResourceDefinition()
		types[spec.Type] = spec.Sensitivity == meta.Sensitive
	}

	return types
}()

func (*resourceState) Get(ctx context.Context, req *v1alpha1.GetRequest) (*v1alpha1.GetResponse, error) {
	st, err := readable(ctx, req.Type)
	if err != nil {
		return nil, err
	}

	return st.Get(ctx, req) //nolint:wrapcheck // as the API sends it
}

func (*resourceState) List(req *v1alpha1.ListRequest, out grpc.ServerStreamingServer[v1alpha1.ListResponse]) error {
	st, err := readable(out.Context(), req.Type)
	if err != nil {
		return err
	}

	return st.List(req, out) //nolint:wrapcheck // as the API sends it
}

func (*resourceState) Watch(req *v1alpha1.WatchRequest, out grpc.ServerStreamingServer[v1alpha1.WatchResponse]) error {
	st, err := readable(out.Context(), req.Type)
	if err != nil {
		return err
	}

	m := machineOf(out.Context())

	m.mu.Lock()
	up := m.up
	m.mu.Unlock()

	ctx, cancel := context.WithCancel(out.Context())
	defer cancel()

	context.AfterFunc(up, cancel)

	if err = st.Watch(req, &watched{ServerStreamingServer: out, ctx: ctx}); up.Err() != nil {
		return errGone
	}

	return err //nolint:wrapcheck // as the API sends it
}

// watched is a stream that ends with its machine, too.
type watched struct {
	grpc.ServerStreamingServer[v1alpha1.WatchResponse]

	ctx context.Context //nolint:containedctx // that of the request
}

func (w *watched) Context() context.Context { return w.ctx }

func (*resourceState) Create(context.Context, *v1alpha1.CreateRequest) (*v1alpha1.CreateResponse, error) {
	return nil, errReadOnly
}

func (*resourceState) Update(context.Context, *v1alpha1.UpdateRequest) (*v1alpha1.UpdateResponse, error) {
	return nil, errReadOnly
}

func (*resourceState) Destroy(context.Context, *v1alpha1.DestroyRequest) (*v1alpha1.DestroyResponse, error) {
	return nil, errReadOnly
}

var errReadOnly = status.Error(codes.PermissionDenied, "write access denied")

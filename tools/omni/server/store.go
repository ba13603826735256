package main

import (
	"context"
	"sync"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/cosi-project/runtime/pkg/state/impl/inmem"
	"github.com/cosi-project/runtime/pkg/state/impl/namespaced"
	stateregistry "github.com/cosi-project/runtime/pkg/state/registry"
	"github.com/siderolabs/omni/client/pkg/compression"
	"github.com/siderolabs/omni/client/pkg/omni/resources"
	"github.com/siderolabs/omni/client/pkg/omni/resources/omni"
	"github.com/siderolabs/omni/client/pkg/omni/resources/registry"
	"github.com/siderolabs/omni/client/pkg/omni/resources/system"

	// These register their resources, without which calls for them cannot be decoded.
	_ "github.com/siderolabs/omni/client/pkg/omni/resources/auth"
	_ "github.com/siderolabs/omni/client/pkg/omni/resources/infra"
	_ "github.com/siderolabs/omni/client/pkg/omni/resources/k8s"
	_ "github.com/siderolabs/omni/client/pkg/omni/resources/oidc"
	_ "github.com/siderolabs/omni/client/pkg/omni/resources/virtual"
)

// store is what the server knows. Its own controllers use it directly: rules are for the world outside.
type store struct {
	state.State
	core state.CoreState
	// Held during a round of the controller, which must not write what is erased at that moment.
	round sync.Mutex
}

// apiVersion is the generation of the API that omnictl v1.9 speaks.
const (
	backendVersion = "v1.9.3"
	apiVersion     = 2
)

// newStore makes the resource definitions, versions and catalogues that a fresh Omni has.
func newStore(ctx context.Context) (*store, error) {
	// Config patches travel compressed.
	if err := compression.InitConfig(true); err != nil {
		return nil, err
	}

	core := namespaced.NewState(inmem.Build)
	st := &store{State: state.WrapCore(core), core: core}

	if err := stateregistry.NewNamespaceRegistry(st).RegisterDefault(ctx); err != nil {
		return nil, err
	}

	definitions := stateregistry.NewResourceRegistry(st)
	if err := definitions.RegisterDefault(ctx); err != nil {
		return nil, err
	}

	for _, r := range registry.Resources {
		if err := definitions.Register(ctx, r); err != nil {
			return nil, err
		}
	}

	if err := st.setVersion(ctx, backendVersion, apiVersion); err != nil {
		return nil, err
	}

	for _, version := range talosVersions() {
		if err := st.Create(ctx, version); err != nil {
			return nil, err
		}

		if err := st.Create(ctx, talosExtensions(version.Metadata().ID())); err != nil {
			return nil, err
		}
	}

	return st, nil
}

// setVersion says which server this is.
func (st *store) setVersion(ctx context.Context, version string, api uint32) error {
	return put(ctx, st, system.NewSysVersion(system.SysVersionID), func(r *system.SysVersion) {
		r.TypedSpec().Value.BackendVersion = version
		r.TypedSpec().Value.BackendApiVersion = api
	})
}

// put creates a resource, or changes the one that is there. Nothing happens if that changes nothing.
func put[T resource.Resource](ctx context.Context, st state.State, r T, change func(T)) error {
	_, err := st.UpdateWithConflicts(ctx, r.Metadata(), func(current resource.Resource) error {
		change(current.(T)) //nolint:forcetypeassert // the type is part of the address

		return nil
	}, state.WithExpectedPhaseAny())
	if !state.IsNotFoundError(err) {
		return err
	}

	change(r)

	return st.Create(ctx, r)
}

// list gives all resources of a type.
func (st *store) list(ctx context.Context, typ resource.Type, opts ...state.ListOption) ([]resource.Resource, error) {
	items, err := st.List(ctx, defaultKind(typ), opts...)

	return items.Items, err
}

// ofCluster selects what belongs to a cluster.
func ofCluster(name string) state.ListOption {
	return state.WithLabelQuery(resource.LabelEqual(omni.LabelCluster, name))
}

// ofMachine selects what belongs to a machine of a cluster.
func ofMachine(id string) state.ListOption {
	return state.WithLabelQuery(resource.LabelEqual(omni.LabelClusterMachine, id))
}

func defaultKind(typ resource.Type) resource.Metadata {
	return resource.NewMetadata(resources.DefaultNamespace, typ, "", resource.VersionUndefined)
}

// erase removes a resource whatever its phase and finalizers are.
func (st *store) erase(ctx context.Context, ptr resource.Pointer) error {
	_, err := st.UpdateWithConflicts(ctx, ptr, func(r resource.Resource) error {
		for _, finalizer := range *r.Metadata().Finalizers() {
			r.Metadata().Finalizers().Remove(finalizer)
		}

		return nil
	}, state.WithExpectedPhaseAny())
	if err == nil {
		err = st.Destroy(ctx, ptr)
	}

	if state.IsNotFoundError(err) {
		return nil
	}

	return err
}

func label(r resource.Resource, key string) string {
	value, _ := r.Metadata().Labels().Get(key)

	return value
}

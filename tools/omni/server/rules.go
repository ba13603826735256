package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/hashicorp/go-multierror"
	"github.com/siderolabs/omni/client/pkg/omni/resources/omni"
	"github.com/siderolabs/omni/client/pkg/omni/resources/siderolink"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// rules is the state as the world outside sees it: writes are checked as Omni checks them, and remembered.
type rules struct {
	state.CoreState
	store    *store
	machines *machines
	faults   *faults
	// Whether clusters may use the discovery service of Omni.
	discovery bool

	// Held during a write, so that what was checked is still true when it is written.
	mu  sync.Mutex
	log []write
}

// write is a call that wanted to change something.
type write struct {
	Verb  string `json:"verb"`
	Type  string `json:"type"`
	ID    string `json:"id"`
	Role  string `json:"role"`
	Error string `json:"error"`
}

// finalizer keeps nodes, sets and clusters until the controller has cleaned up after them.
const finalizer = "omni-server"

func (r *rules) Create(ctx context.Context, res resource.Resource, opts ...state.CreateOption) error {
	return r.write(ctx, "create", *res.Metadata(), func() error {
		if err := r.validate(ctx, nil, res); err != nil {
			return err
		}

		switch res.Metadata().Type() {
		case omni.ClusterType, omni.MachineSetType, omni.MachineSetNodeType:
			res.Metadata().Finalizers().Add(finalizer)
		}

		if err := r.CoreState.Create(ctx, res, opts...); err != nil {
			return err
		}

		if cluster, ok := res.(*omni.Cluster); ok {
			return r.store.rememberBirth(ctx, cluster)
		}

		return nil
	})
}

func (r *rules) Update(ctx context.Context, res resource.Resource, opts ...state.UpdateOption) error {
	return r.write(ctx, "update", *res.Metadata(), func() error {
		old, err := r.CoreState.Get(ctx, res.Metadata())
		if err != nil {
			return err
		}

		// A teardown arrives as an update of the phase alone.
		if res.Metadata().Phase() == resource.PhaseTearingDown {
			err = r.validateRemoval(ctx, old)
		} else {
			err = r.validate(ctx, old, res)
		}

		if err != nil {
			return err
		}

		return r.CoreState.Update(ctx, res, opts...)
	})
}

func (r *rules) Destroy(ctx context.Context, ptr resource.Pointer, opts ...state.DestroyOption) error {
	return r.write(ctx, "destroy", ptr, func() error {
		old, err := r.CoreState.Get(ctx, ptr)
		if err != nil {
			return err
		}

		if old.Metadata().Phase() == resource.PhaseRunning {
			if err = r.validateRemoval(ctx, old); err != nil {
				return err
			}
		}

		if err = r.CoreState.Destroy(ctx, ptr, opts...); err != nil {
			return err
		}

		switch ptr.Type() {
		case omni.ClusterType:
			// Here and not in the controller: a cluster may come and go between two of its rounds.
			r.store.round.Lock()
			defer r.store.round.Unlock()

			return r.store.eraseChildren(ctx, ptr.ID())
		case siderolink.LinkType:
			// That is how a machine is removed from Omni.
			return r.machines.remove(ctx, ptr.ID())
		default:
			return nil
		}
	})
}

// write runs the work unless a fault refuses it, and remembers how it ended.
func (r *rules) write(ctx context.Context, verb string, ptr resource.Pointer, work func() error) error {
	r.mu.Lock()
	defer r.mu.Unlock()

	typ := shortName(ptr.Type())

	var err error

	if refusal := r.faults.refusal(verb, typ); refusal != nil {
		err = refusal.err()
	} else {
		err = work()
	}

	entry := write{Verb: verb, Type: typ, ID: ptr.ID(), Role: roleOf(ctx)}
	if err != nil {
		entry.Error = err.Error()
	}

	r.log = append(r.log, entry)

	return err
}

func (r *rules) writes() []write {
	r.mu.Lock()
	defer r.mu.Unlock()

	return append([]write{}, r.log...)
}

func (f *refusal) err() error {
	code := codes.InvalidArgument
	if f.Code != "" {
		// The name is checked when the fault is set.
		code, _ = codeOf(f.Code)
	}

	return status.Error(code, f.Message)
}

func codeOf(name string) (codes.Code, error) {
	for code := codes.OK; code <= codes.Unauthenticated; code++ {
		if code.String() == name {
			return code, nil
		}
	}

	return 0, fmt.Errorf("unknown gRPC code %q", name)
}

// invalid is a refusal in the form that Omni gives it.
func invalid(errs ...error) error {
	var all *multierror.Error

	for _, err := range errs {
		if err != nil {
			all = multierror.Append(all, err)
		}
	}

	if all == nil {
		return nil
	}

	return status.Error(codes.InvalidArgument, "failed to validate: "+all.Error())
}

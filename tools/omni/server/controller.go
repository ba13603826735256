package main

import (
	"context"
	"log"
	"strings"
	"time"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/safe"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/siderolabs/omni/client/pkg/omni/resources/omni"
)

// round is how often the controller looks.
const round = 100 * time.Millisecond

// controller does what Omni does by itself: statuses follow machines and clusters, and what is torn down goes.
type controller struct {
	store      *store
	machines   *machines
	faults     *faults
	readyAfter time.Duration
	// What each machine's status was written for.
	written map[string]writtenFor
	// How many machines of a cluster have another Talos than it, and when the next of them gets it.
	outdated    map[string]int
	nextUpgrade map[string]time.Time
	// Where machines belong that have left and are still to be reset.
	leaving map[string]membership
}

type writtenFor struct {
	revision int
	member   membership
	labels   string
}

// cluster is one with what belongs to it.
type cluster struct {
	*omni.Cluster
	sets []*omni.MachineSet
	// By machine set.
	nodes map[string][]*omni.MachineSetNode
}

func (c *controller) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(round):
		}

		c.look(ctx)
	}
}

// look is one round.
func (c *controller) look(ctx context.Context) {
	// A resource may change meanwhile: the next round sees it.
	if err := c.reconcile(ctx); err != nil && ctx.Err() == nil && !state.IsConflictError(err) && !state.IsNotFoundError(err) {
		log.Print(err)
	}
}

func (c *controller) reconcile(ctx context.Context) error {
	c.store.round.Lock()
	defer c.store.round.Unlock()

	clusters, err := c.clusters(ctx)
	if err != nil {
		return err
	}

	members := map[string]membership{}

	for id := range c.leaving {
		if c.machines.reset(id) {
			delete(c.leaving, id)
		}
	}

	for _, cluster := range clusters {
		for _, nodes := range cluster.nodes {
			for _, node := range nodes {
				members[node.Metadata().ID()] = membershipOf(node)

				if node.Metadata().Phase() == resource.PhaseRunning {
					// It is back before it was reset.
					delete(c.leaving, node.Metadata().ID())
				}
			}
		}

		if err = c.tearDown(ctx, cluster); err != nil {
			return err
		}

		if err = c.report(ctx, cluster); err != nil {
			return err
		}
	}

	for id, member := range c.leaving {
		members[id] = member
	}

	return c.writeMachines(ctx, members)
}

func (c *controller) clusters(ctx context.Context) ([]*cluster, error) {
	all, err := safe.StateListAll[*omni.Cluster](ctx, c.store)
	if err != nil {
		return nil, err
	}

	clusters := make([]*cluster, 0, all.Len())

	for r := range all.All() {
		mine := &cluster{Cluster: r, nodes: map[string][]*omni.MachineSetNode{}}
		name := r.Metadata().ID()

		sets, err := safe.StateListAll[*omni.MachineSet](ctx, c.store, ofCluster(name))
		if err != nil {
			return nil, err
		}

		for set := range sets.All() {
			mine.sets = append(mine.sets, set)
		}

		nodes, err := safe.StateListAll[*omni.MachineSetNode](ctx, c.store, ofCluster(name))
		if err != nil {
			return nil, err
		}

		for node := range nodes.All() {
			set := label(node, omni.LabelMachineSet)
			mine.nodes[set] = append(mine.nodes[set], node)
		}

		clusters = append(clusters, mine)
	}

	return clusters, nil
}

// tearDown takes sets down with their cluster and nodes with their set, and lets go what has no children any more.
func (c *controller) tearDown(ctx context.Context, cluster *cluster) error {
	isGoing := func(r resource.Resource) bool { return r.Metadata().Phase() == resource.PhaseTearingDown }
	clusterGoes := isGoing(cluster)
	left := 0

	for _, set := range cluster.sets {
		setGoes := clusterGoes || isGoing(set)
		nodes := cluster.nodes[set.Metadata().ID()]
		left += len(nodes)

		for _, node := range nodes {
			if err := c.tearDownNode(ctx, node, setGoes); err != nil {
				return err
			}
		}

		if isGoing(set) && len(nodes) == 0 {
			if err := c.store.RemoveFinalizer(ctx, set.Metadata(), finalizer); err != nil {
				return err
			}
		}
	}

	if clusterGoes && left == 0 {
		return c.store.RemoveFinalizer(ctx, cluster.Metadata(), finalizer)
	}

	return nil
}

// tearDownNode lets go a node, whether or not its machine can be reached, which is reset afterwards. Omni deletes the patches of
// such a machine itself.
func (c *controller) tearDownNode(ctx context.Context, node *omni.MachineSetNode, withSet bool) error {
	if node.Metadata().Phase() == resource.PhaseRunning {
		if !withSet {
			return nil
		}

		_, err := c.store.Teardown(ctx, node.Metadata())

		return err
	}

	id := node.Metadata().ID()
	if _, isKnown := c.machines.get(id); isKnown {
		c.leaving[id] = membershipOf(node)
	}

	patches, err := c.store.list(ctx, omni.ConfigPatchType, ofMachine(id))
	if err != nil {
		return err
	}

	for _, patch := range patches {
		if err = c.store.erase(ctx, patch.Metadata()); err != nil {
			return err
		}
	}

	if err := c.store.RemoveFinalizer(ctx, node.Metadata(), finalizer); err != nil || !withSet {
		return err
	}

	// omnictl destroys the nodes that it has torn down itself, and only those.
	return c.store.Destroy(ctx, node.Metadata())
}

// reset wipes a machine; false if it cannot be reached. One that has never been there needs none.
func (ms *machines) reset(id string) bool {
	ms.mu.Lock()
	defer ms.mu.Unlock()

	m := ms.all[id]
	if m == nil {
		return true
	}

	if m.Connected && m.Installed {
		m.Installed = false
		ms.touch(m)
	}

	return m.Connected
}

// install puts Talos of the cluster's version on a machine; false if it cannot be reached.
func (ms *machines) install(id, version string) bool {
	ms.mu.Lock()
	defer ms.mu.Unlock()

	m := ms.all[id]
	if m == nil || !m.Connected {
		return false
	}

	if talos := "v" + version; !m.Installed || m.Talos != talos {
		m.Installed, m.Talos = true, talos
		ms.touch(m)
	}

	return true
}

// get is a copy of a machine.
func (ms *machines) get(id string) (machine, bool) {
	ms.mu.Lock()
	defer ms.mu.Unlock()

	m := ms.all[id]
	if m == nil {
		return machine{}, false
	}

	return *m, true
}

// writeMachines brings the statuses of all machines up to date.
func (c *controller) writeMachines(ctx context.Context, members map[string]membership) error {
	labels, err := safe.StateListAll[*omni.MachineLabels](ctx, c.store)
	if err != nil {
		return err
	}

	byID := map[string]*omni.MachineLabels{}
	for r := range labels.All() {
		byID[r.Metadata().ID()] = r
	}

	c.machines.mu.Lock()
	defer c.machines.mu.Unlock()

	for id, m := range c.machines.all {
		wanted := writtenFor{revision: m.revision, member: members[id]}
		if byID[id] != nil {
			wanted.labels = byID[id].Metadata().Version().String()
		}

		if m.NoStatus || c.written[id] == wanted {
			continue
		}

		if err = put(ctx, c.store, omni.NewMachineStatus(id), func(r *omni.MachineStatus) { m.fill(r, members[id], byID[id]) }); err != nil {
			return err
		}

		c.written[id] = wanted
	}

	return nil
}

// eraseChildren removes all that belongs to a cluster but the machines.
func (st *store) eraseChildren(ctx context.Context, name string) error {
	for _, typ := range []resource.Type{
		omni.MachineSetNodeType, omni.MachineSetType, omni.ConfigPatchType, omni.ExtensionsConfigurationType, omni.KernelArgsType,
		omni.KubernetesManifestGroupType, omni.KubernetesHealthCheckType, omni.ClusterConfigVersionType, omni.ClusterMachineStatusType,
		omni.MachineSetStatusType, omni.KubernetesUpgradeStatusType, omni.MachinePendingUpdatesType, omni.ClusterStatusType,
	} {
		items, err := st.list(ctx, typ, ofCluster(name))
		if err != nil {
			return err
		}

		for _, r := range items {
			if err = st.erase(ctx, r.Metadata()); err != nil {
				return err
			}
		}
	}

	return st.erase(ctx, omni.NewTalosUpgradeStatus(name).Metadata())
}

// shortName is that of a type without its domain.
func shortName(typ resource.Type) string {
	name, _, _ := strings.Cut(typ, ".")

	return name
}

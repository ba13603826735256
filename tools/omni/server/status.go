package main

import (
	"context"
	"fmt"
	"time"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/siderolabs/omni/client/api/omni/specs"
	"github.com/siderolabs/omni/client/pkg/omni/resources/omni"
)

// report writes the statuses of a cluster.
func (c *controller) report(ctx context.Context, cluster *cluster) error {
	name := cluster.Metadata().ID()
	c.outdated[name] = 0
	all := &specs.Machines{}
	isReady := time.Since(cluster.Metadata().Created()) >= c.readyAfter && !c.faults.neverReady()
	hasControlPlane := false

	for _, set := range cluster.sets {
		machines, err := c.reportMachines(ctx, cluster, set)
		if err != nil {
			return err
		}

		setReady := isReady && machines.Healthy == machines.Total
		if err = c.reportSet(ctx, name, set, machines, setReady); err != nil {
			return err
		}

		if _, isControlPlane := set.Metadata().Labels().Get(omni.LabelControlPlaneRole); isControlPlane && machines.Total > 0 {
			hasControlPlane = true
		}

		all.Total += machines.Total
		all.Healthy += machines.Healthy
		all.Connected += machines.Connected
		all.Requested += machines.Requested
	}

	if err := c.forget(ctx, cluster); err != nil {
		return err
	}

	isReady = isReady && hasControlPlane && all.Healthy == all.Total

	return c.reportCluster(ctx, cluster, all, isReady)
}

func (c *controller) reportMachines(ctx context.Context, cluster *cluster, set *omni.MachineSet) (*specs.Machines, error) {
	nodes := cluster.nodes[set.Metadata().ID()]
	machines := &specs.Machines{Total: uint32(len(nodes)), Requested: uint32(len(nodes))} //nolint:gosec // a small number

	for _, node := range nodes {
		id := node.Metadata().ID()
		machine, _ := c.machines.get(id)
		isOld := time.Since(node.Metadata().Created()) >= c.readyAfter
		isRunning := node.Metadata().Phase() == resource.PhaseRunning
		isUpToDate, isThere := false, false

		if isRunning {
			isUpToDate, isThere = c.upgrade(cluster, node)
		}

		isHealthy := isOld && isRunning && !c.faults.neverReady() && isThere

		if machine.Connected {
			machines.Connected++
		}

		if isHealthy {
			machines.Healthy++
		}

		if err := put(ctx, c.store, omni.NewClusterMachineStatus(id), func(r *omni.ClusterMachineStatus) {
			copyLabels(r, node)
			r.Metadata().Labels().Set(omni.ClusterMachineStatusLabelNodeName, machine.Hostname)
			r.Metadata().Labels().Set(omni.LabelHostname, machine.Hostname)

			if machine.Connected {
				r.Metadata().Labels().Set(omni.MachineStatusLabelConnected, "")
			} else {
				r.Metadata().Labels().Delete(omni.MachineStatusLabelConnected)
			}

			spec := r.TypedSpec().Value
			spec.Ready, spec.ConfigUpToDate, spec.Stage = isHealthy, isHealthy && isUpToDate, stageOf(isRunning, isHealthy)
		}); err != nil {
			return nil, err
		}

		if err := c.reportPending(ctx, node, isThere && !isUpToDate); err != nil {
			return nil, err
		}
	}

	return machines, c.reportLeaving(ctx, set, machines)
}

// reportLeaving counts the machines that have left and are still to be reset: until then they are part of the set.
func (c *controller) reportLeaving(ctx context.Context, set *omni.MachineSet, machines *specs.Machines) error {
	for id, member := range c.leaving {
		if member.set != set.Metadata().ID() {
			continue
		}

		machines.Total++

		if err := put(ctx, c.store, omni.NewClusterMachineStatus(id), func(r *omni.ClusterMachineStatus) {
			r.Metadata().Labels().Delete(omni.MachineStatusLabelConnected)

			spec := r.TypedSpec().Value
			spec.Ready, spec.Stage = false, specs.ClusterMachineStatusSpec_DESTROYING
		}); err != nil {
			return err
		}
	}

	return nil
}

// upgrade brings Talos of the cluster's version to a machine: at once where there is none, else to one machine of the cluster after
// the other, with a pause in which the cluster is as healthy as ever.
func (c *controller) upgrade(cluster *cluster, node *omni.MachineSetNode) (isUpToDate, isThere bool) {
	id, name, version := node.Metadata().ID(), cluster.Metadata().ID(), cluster.TypedSpec().Value.TalosVersion
	machine, _ := c.machines.get(id)
	_, isLocked := node.Metadata().Annotations().Get(omni.MachineLocked)
	isOld := machine.Installed && machine.Talos != "v"+version

	if !isOld {
		return true, c.machines.install(id, version)
	}

	if isLocked || !machine.Connected || time.Now().Before(c.nextUpgrade[name]) {
		c.outdated[name]++

		return false, machine.Connected
	}

	c.nextUpgrade[name] = time.Now().Add(c.readyAfter)

	return true, c.machines.install(id, version)
}

// reportPending shows that something waits for a machine.
func (c *controller) reportPending(ctx context.Context, node *omni.MachineSetNode, isPending bool) error {
	pending := omni.NewMachinePendingUpdates(node.Metadata().ID())
	if !isPending {
		return c.store.erase(ctx, pending.Metadata())
	}

	return put(ctx, c.store, pending, func(r *omni.MachinePendingUpdates) {
		copyLabels(r, node)
		r.TypedSpec().Value.Upgrade = &specs.MachinePendingUpdatesSpec_Upgrade{}
	})
}

func stageOf(isRunning, isHealthy bool) specs.ClusterMachineStatusSpec_Stage {
	switch {
	case !isRunning:
		return specs.ClusterMachineStatusSpec_DESTROYING
	case isHealthy:
		return specs.ClusterMachineStatusSpec_RUNNING
	default:
		return specs.ClusterMachineStatusSpec_CONFIGURING
	}
}

func (c *controller) reportSet(ctx context.Context, cluster string, set *omni.MachineSet, machines *specs.Machines, isReady bool) error {
	return put(ctx, c.store, omni.NewMachineSetStatus(set.Metadata().ID()), func(r *omni.MachineSetStatus) {
		copyLabels(r, set)
		r.Metadata().Labels().Set(omni.LabelCluster, cluster)

		spec := r.TypedSpec().Value
		spec.Ready, spec.Machines = isReady, machines

		switch {
		case set.Metadata().Phase() == resource.PhaseTearingDown:
			spec.Phase = specs.MachineSetPhase_Destroying
		case isReady:
			spec.Phase = specs.MachineSetPhase_Running
		case machines.Total > machines.Requested:
			spec.Phase = specs.MachineSetPhase_ScalingDown
		default:
			spec.Phase = specs.MachineSetPhase_ScalingUp
		}
	})
}

func (c *controller) reportCluster(ctx context.Context, cluster *cluster, machines *specs.Machines, isReady bool) error {
	name, spec := cluster.Metadata().ID(), cluster.TypedSpec().Value
	kubernetes, talos := specs.KubernetesUpgradeStatusSpec_Unknown, specs.TalosUpgradeStatusSpec_Unknown

	if isReady {
		kubernetes, talos = specs.KubernetesUpgradeStatusSpec_Done, specs.TalosUpgradeStatusSpec_Done
	}

	if err := put(ctx, c.store, omni.NewKubernetesUpgradeStatus(name), func(r *omni.KubernetesUpgradeStatus) {
		r.Metadata().Labels().Set(omni.LabelCluster, name)
		r.TypedSpec().Value.Phase, r.TypedSpec().Value.LastUpgradeVersion = kubernetes, spec.KubernetesVersion
	}); err != nil {
		return err
	}

	// Without the label of the cluster, as in Omni: what watches by it never sees an upgrade.
	if err := put(ctx, c.store, omni.NewTalosUpgradeStatus(name), func(r *omni.TalosUpgradeStatus) {
		status := r.TypedSpec().Value
		status.Phase, status.Status, status.CurrentUpgradeVersion = talos, "", ""

		switch left := c.outdated[name]; {
		case left > 0:
			status.Phase = specs.TalosUpgradeStatusSpec_Upgrading
			status.Status = fmt.Sprintf("updating machines %d/%d", int(machines.Total)-left, machines.Total)
			status.CurrentUpgradeVersion = spec.TalosVersion
		case isReady:
			status.LastUpgradeVersion = spec.TalosVersion
		}
	}); err != nil {
		return err
	}

	return put(ctx, c.store, omni.NewClusterStatus(name), func(r *omni.ClusterStatus) {
		// So that it is found with the other children.
		r.Metadata().Labels().Set(omni.LabelCluster, name)

		status := r.TypedSpec().Value
		status.Available, status.Ready = isReady, isReady
		status.KubernetesAPIReady, status.ControlplaneReady, status.HasConnectedControlPlanes = isReady, isReady, machines.Connected > 0
		status.Machines = machines
		status.TalosVersion, status.KubernetesVersion = spec.TalosVersion, spec.KubernetesVersion

		switch {
		case cluster.Metadata().Phase() == resource.PhaseTearingDown:
			status.Phase = specs.ClusterStatusSpec_DESTROYING
		case isReady:
			status.Phase = specs.ClusterStatusSpec_RUNNING
		default:
			status.Phase = specs.ClusterStatusSpec_SCALING_UP
		}
	})
}

// forget removes the statuses of nodes and sets that are gone.
func (c *controller) forget(ctx context.Context, cluster *cluster) error {
	known := map[string]bool{}

	for id := range c.leaving {
		known[id] = true
	}

	for _, set := range cluster.sets {
		known[set.Metadata().ID()] = true

		for _, node := range cluster.nodes[set.Metadata().ID()] {
			known[node.Metadata().ID()] = true
		}
	}

	for _, typ := range []resource.Type{omni.ClusterMachineStatusType, omni.MachinePendingUpdatesType, omni.MachineSetStatusType} {
		items, err := c.store.list(ctx, typ, ofCluster(cluster.Metadata().ID()))
		if err != nil {
			return err
		}

		for _, r := range items {
			if !known[r.Metadata().ID()] {
				if err = c.store.erase(ctx, r.Metadata()); err != nil {
					return err
				}
			}
		}
	}

	return nil
}

func copyLabels(to, from resource.Resource) {
	for key, value := range from.Metadata().Labels().Raw() {
		to.Metadata().Labels().Set(key, value)
	}
}

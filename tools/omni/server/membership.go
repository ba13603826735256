package main

import (
	"context"
	"slices"
	"strings"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/siderolabs/omni/client/api/omni/specs"
	"github.com/siderolabs/omni/client/pkg/omni/resources/omni"
)

// membershipOf reads where a node belongs.
func membershipOf(node resource.Resource) membership {
	role := omni.LabelWorkerRole
	if _, isControlPlane := node.Metadata().Labels().Get(omni.LabelControlPlaneRole); isControlPlane {
		role = omni.LabelControlPlaneRole
	}

	return membership{cluster: label(node, omni.LabelCluster), set: label(node, omni.LabelMachineSet), role: role}
}

// membership writes into the status where the machine belongs.
func (m *machine) membership(r *omni.MachineStatus, member membership) {
	spec := r.TypedSpec().Value
	spec.Cluster = member.cluster

	switch member.role {
	case omni.LabelControlPlaneRole:
		spec.Role = specs.MachineStatusSpec_CONTROL_PLANE
	case omni.LabelWorkerRole:
		spec.Role = specs.MachineStatusSpec_WORKER
	default:
		spec.Role = specs.MachineStatusSpec_NONE
	}
}

// labels writes those of Omni and those that users have set.
func (m *machine) labels(r *omni.MachineStatus, member membership, user *omni.MachineLabels) {
	labels := r.Metadata().Labels()

	for _, key := range slices.Clone(labels.Keys()) {
		if !strings.HasPrefix(key, omni.SystemLabelPrefix) {
			labels.Delete(key)
		}
	}

	if user != nil {
		for key, value := range user.Metadata().Labels().Raw() {
			labels.Set(key, value)
		}
	}

	flag := func(key, value string, isSet bool) {
		if isSet {
			labels.Set(key, value)
		} else {
			labels.Delete(key)
		}
	}
	isMember := member.cluster != ""

	flag(omni.MachineStatusLabelConnected, "", m.Connected)
	flag(omni.MachineStatusLabelDisconnected, "", !m.Connected)
	flag(omni.MachineStatusLabelAvailable, "", !isMember)
	flag(omni.MachineStatusLabelReportingEvents, "", m.Connected)
	flag(omni.MachineStatusLabelReadyToUse, "", m.Connected && !m.NoNetwork)
	flag(omni.LabelCluster, member.cluster, isMember)
	flag(omni.LabelMachineSet, member.set, isMember)
	flag(omni.LabelControlPlaneRole, "", member.role == omni.LabelControlPlaneRole)
	flag(omni.LabelWorkerRole, "", member.role == omni.LabelWorkerRole)
	omni.ReconcileMachineStatusLabels(r)
}

// enlist puts a machine into its cluster, which is made if it is not there. No rule is asked: it has been there for long.
func (st *store) enlist(ctx context.Context, m *machine) error {
	set, role := omni.WorkersResourceID(m.Cluster), omni.LabelWorkerRole
	if m.Role == "control-plane" {
		set, role = omni.ControlPlanesResourceID(m.Cluster), omni.LabelControlPlaneRole
	}

	cluster := omni.NewCluster(m.Cluster)
	if _, err := st.Get(ctx, cluster.Metadata()); err != nil {
		cluster.TypedSpec().Value.TalosVersion = strings.TrimPrefix(m.Talos, "v")
		cluster.TypedSpec().Value.KubernetesVersion = "1.33.4"
		cluster.TypedSpec().Value.Features = &specs.ClusterSpec_Features{}
		cluster.Metadata().Finalizers().Add(finalizer)

		if err = st.Create(ctx, cluster); err != nil {
			return err
		}

		if err = st.rememberBirth(ctx, cluster); err != nil {
			return err
		}
	}

	owner := omni.NewMachineSet(set)
	owner.Metadata().Labels().Set(omni.LabelCluster, m.Cluster)
	owner.Metadata().Labels().Set(role, "")
	owner.Metadata().Finalizers().Add(finalizer)

	if _, err := st.Get(ctx, owner.Metadata()); err != nil {
		if err = st.Create(ctx, owner); err != nil {
			return err
		}
	}

	node := omni.NewMachineSetNode(m.ID, owner)
	node.Metadata().Labels().Set(omni.LabelMachineSet, set)
	node.Metadata().Finalizers().Add(finalizer)

	return st.Create(ctx, node)
}

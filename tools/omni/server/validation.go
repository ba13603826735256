package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/blang/semver/v4"
	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/safe"
	"github.com/siderolabs/omni/client/pkg/omni/resources/infra"
	"github.com/siderolabs/omni/client/pkg/omni/resources/omni"
)

// validate checks what is to be written; old is nil for a creation. Everything that is not checked here is accepted, as in Omni.
func (r *rules) validate(ctx context.Context, old, res resource.Resource) error {
	switch res := res.(type) {
	case *omni.Cluster:
		if old == nil {
			return invalid(r.newCluster(ctx, res))
		}

		return invalid(r.changedCluster(ctx, old.(*omni.Cluster), res)) //nolint:forcetypeassert // of the same address
	case *omni.MachineSetNode:
		if old == nil {
			return invalid(r.newNode(ctx, res), lockedControlPlane(res))
		}

		return invalid(changedNode(old, res), r.lock(ctx, res, "updating machine set node on"), lockedControlPlane(res))
	case *omni.MachineSet:
		return invalid(r.machineSet(ctx, old, res))
	case *omni.ConfigPatch:
		return invalid(configPatch(res))
	case *omni.ExtensionsConfiguration:
		return invalid(r.extensions(ctx, res)...)
	case *omni.MachineClass:
		return invalid(r.machineClass(ctx, res))
	default:
		return nil
	}
}

// validateRemoval checks a teardown.
func (r *rules) validateRemoval(ctx context.Context, old resource.Resource) error {
	if old.Metadata().Phase() != resource.PhaseRunning {
		return nil
	}

	switch old := old.(type) {
	case *omni.MachineSetNode:
		if _, locked := old.Metadata().Annotations().Get(omni.MachineLocked); locked {
			return invalid(fmt.Errorf(
				"removing machine set node from the machine set %q is not allowed: machine set node is locked", label(old, omni.LabelMachineSet)))
		}

		return invalid(r.lock(ctx, old, "removing machine set node from"))
	case *omni.MachineSet:
		if name := label(old, omni.LabelCluster); r.isLocked(ctx, name) {
			return invalid(fmt.Errorf(
				"removing machine set %q from the cluster %q is not allowed: the cluster is locked", old.Metadata().ID(), name))
		}
	case *omni.Cluster:
		if isLocked(old) {
			return invalid(fmt.Errorf("deletion is not allowed: the cluster %q is locked", old.Metadata().ID()))
		}
	}

	return nil
}

// lockedControlPlane: only workers can be locked.
func lockedControlPlane(node *omni.MachineSetNode) error {
	_, locked := node.Metadata().Annotations().Get(omni.MachineLocked)
	if _, isControlPlane := node.Metadata().Labels().Get(omni.LabelControlPlaneRole); locked && isControlPlane {
		return fmt.Errorf("locking controlplanes is not allowed")
	}

	return nil
}

func isLocked(cluster *omni.Cluster) bool {
	_, locked := cluster.Metadata().Annotations().Get(omni.ClusterLocked)

	return locked
}

// isLocked says whether the cluster of that name is there and locked.
func (r *rules) isLocked(ctx context.Context, name string) bool {
	cluster, err := safe.StateGetByID[*omni.Cluster](ctx, r.store, name)

	return err == nil && isLocked(cluster)
}

// machineSet checks a new or changed machine set against its cluster.
func (r *rules) machineSet(ctx context.Context, old, set resource.Resource) error {
	name := label(set, omni.LabelCluster)

	cluster, err := safe.StateGetByID[*omni.Cluster](ctx, r.store, name)
	if err != nil {
		return fmt.Errorf("the cluster %q does not exist", name)
	}

	// A cluster whose control planes are gone is bootstrapped anew.
	switch {
	case cluster.Metadata().Phase() == resource.PhaseTearingDown:
		return fmt.Errorf("the cluster %q is tearing down", name)
	case isLocked(cluster) && old == nil:
		return fmt.Errorf("adding machine set %q to the cluster %q is not allowed: the cluster is locked", set.Metadata().ID(), name)
	case isLocked(cluster):
		return fmt.Errorf("updating machine set %q on the cluster %q is not allowed: the cluster is locked", set.Metadata().ID(), name)
	default:
		return nil
	}
}

func (r *rules) newCluster(ctx context.Context, cluster *omni.Cluster) error {
	spec := cluster.TypedSpec().Value

	if err := backupInterval(cluster); err != nil {
		return err
	}

	if err := r.embeddedDiscovery(nil, cluster); err != nil {
		return err
	}

	return r.versions(ctx, spec.TalosVersion, spec.KubernetesVersion)
}

// embeddedDiscovery checks a setting that is new: one that was there before stays.
func (r *rules) embeddedDiscovery(old, cluster *omni.Cluster) error {
	wants := func(c *omni.Cluster) bool {
		return c != nil && c.TypedSpec().Value.GetFeatures().GetUseEmbeddedDiscoveryService()
	}

	if !r.discovery && wants(cluster) && !wants(old) {
		return fmt.Errorf("embedded discovery service is not enabled")
	}

	return nil
}

// Limits of the interval of backups that a server has unless its settings say otherwise.
const (
	minBackupInterval = time.Hour
	maxBackupInterval = 24 * time.Hour
)

func backupInterval(cluster *omni.Cluster) error {
	backup := cluster.TypedSpec().Value.GetBackupConfiguration()
	if backup == nil {
		return nil
	}

	switch interval := backup.GetInterval().AsDuration(); {
	case interval < minBackupInterval:
		return fmt.Errorf("backup interval must be greater than %s, actual %s", minBackupInterval, interval)
	case interval > maxBackupInterval:
		return fmt.Errorf("backup interval must be less than %s, actual %s", maxBackupInterval, interval)
	default:
		return nil
	}
}

func (r *rules) changedCluster(ctx context.Context, old, cluster *omni.Cluster) error {
	// A sync takes the lock off, which is allowed.
	if isLocked(old) && isLocked(cluster) {
		return fmt.Errorf("updating cluster configuration is not allowed: the cluster %q is locked", cluster.Metadata().ID())
	}

	if omni.GetEncryptionEnabled(old) != omni.GetEncryptionEnabled(cluster) {
		return fmt.Errorf("updating disk encryption settings is not allowed")
	}

	if err := backupInterval(cluster); err != nil {
		return err
	}

	if err := r.embeddedDiscovery(old, cluster); err != nil {
		return err
	}

	before, after := old.TypedSpec().Value, cluster.TypedSpec().Value
	if before.TalosVersion == after.TalosVersion && before.KubernetesVersion == after.KubernetesVersion {
		return nil
	}

	if from, to := parse(before.KubernetesVersion).Minor, parse(after.KubernetesVersion).Minor; to < from || to > from+1 {
		return fmt.Errorf(
			"kubernetes version is not supported for upgrade to %q from %q", after.KubernetesVersion, before.KubernetesVersion)
	}

	if err := r.versions(ctx, after.TalosVersion, after.KubernetesVersion); err != nil {
		return err
	}

	birth, err := safe.StateGetByID[*omni.ClusterConfigVersion](ctx, r.store, cluster.Metadata().ID())
	if err != nil {
		return err
	}

	if parse(after.TalosVersion).LT(parse(birth.TypedSpec().Value.Version)) {
		return fmt.Errorf("downgrading from version %q to %q is not supported", before.TalosVersion, after.TalosVersion)
	}

	return nil
}

// versions checks the pair of Talos and Kubernetes.
func (r *rules) versions(ctx context.Context, talos, kubernetes string) error {
	version, err := safe.StateGetByID[*omni.TalosVersion](ctx, r.store, talos)
	if err != nil {
		return fmt.Errorf("invalid talos version %q: failed to get: %w", talos, err)
	}

	if !slices.Contains(version.TypedSpec().Value.CompatibleKubernetesVersions, kubernetes) {
		return fmt.Errorf("invalid kubernetes version %q: is not compatible with talos version %q", kubernetes, talos)
	}

	return nil
}

// rememberBirth keeps the version that a cluster was created with: it never goes below.
func (st *store) rememberBirth(ctx context.Context, cluster *omni.Cluster) error {
	return put(ctx, st, omni.NewClusterConfigVersion(cluster.Metadata().ID()), func(r *omni.ClusterConfigVersion) {
		r.Metadata().Labels().Set(omni.LabelCluster, cluster.Metadata().ID())
		r.TypedSpec().Value.Version = cluster.TypedSpec().Value.TalosVersion
	})
}

// newNode checks the machine against the cluster. A machine that does not exist is fine.
func (r *rules) newNode(ctx context.Context, node *omni.MachineSetNode) error {
	if err := r.machineFits(ctx, node); err != nil {
		return err
	}

	set := label(node, omni.LabelMachineSet)

	owner, err := safe.StateGetByID[*omni.MachineSet](ctx, r.store, set)
	if err != nil {
		return fmt.Errorf("adding machine set node to the machine set %q is not allowed: the machine set does not exist", set)
	}

	if owner.Metadata().Phase() == resource.PhaseTearingDown {
		return fmt.Errorf("adding machine set node to the machine set %q is not allowed: the machine set is tearing down", set)
	}

	return r.lock(ctx, node, "adding machine set node to")
}

func (r *rules) machineFits(ctx context.Context, node *omni.MachineSetNode) error {
	name := label(node, omni.LabelCluster)

	cluster, err := safe.StateGetByID[*omni.Cluster](ctx, r.store, name)
	if err != nil {
		return nil //nolint:nilerr // then the machine set does not exist either, which is said next
	}

	machine, err := safe.StateGetByID[*omni.MachineStatus](ctx, r.store, node.Metadata().ID())
	if err != nil {
		return nil //nolint:nilerr // unknown machines are accepted
	}

	wanted := cluster.TypedSpec().Value.TalosVersion
	running := strings.TrimPrefix(machine.TypedSpec().Value.TalosVersion, "v")

	if running == "" {
		return nil
	}

	switch minor := parse(running).Minor; {
	case minor > parse(wanted).Minor:
		return fmt.Errorf(
			"cannot add machine set node to the cluster %s as it will trigger Talos downgrade on the node (%s -> %s)", name, running, wanted)
	case minor != parse(wanted).Minor && !hasSystemDisk(machine):
		return fmt.Errorf(
			"machines which are running Talos without installation can be added only to Talos clusters with the same major and minor versions")
	default:
		return nil
	}
}

func hasSystemDisk(machine *omni.MachineStatus) bool {
	for _, device := range machine.TypedSpec().Value.GetHardware().GetBlockdevices() {
		if device.SystemDisk {
			return true
		}
	}

	return false
}

// lock refuses to change what nodes a locked cluster has.
func (r *rules) lock(ctx context.Context, node *omni.MachineSetNode, what string) error {
	if name := label(node, omni.LabelCluster); r.isLocked(ctx, name) {
		return fmt.Errorf("%s the machine set %q is not allowed: the cluster %q is locked", what, label(node, omni.LabelMachineSet), name)
	}

	return nil
}

// changedNode: a machine stays in its cluster and set.
func changedNode(old, node resource.Resource) error {
	for _, key := range []string{omni.LabelCluster, omni.LabelMachineSet} {
		if before, after := label(old, key), label(node, key); before != after {
			return fmt.Errorf("changing value of label %q from %q to %q", key, before, after)
		}
	}

	return nil
}

func configPatch(patch *omni.ConfigPatch) error {
	buffer, err := patch.TypedSpec().Value.GetUncompressedData()
	if err != nil {
		return err
	}

	defer buffer.Free()

	return omni.ValidateConfigPatch(buffer.Data())
}

// extensions must be in the catalogue of the cluster's version.
func (r *rules) extensions(ctx context.Context, config *omni.ExtensionsConfiguration) []error {
	cluster, err := safe.StateGetByID[*omni.Cluster](ctx, r.store, label(config, omni.LabelCluster))
	if err != nil {
		return nil
	}

	version := cluster.TypedSpec().Value.TalosVersion

	catalogue, err := safe.StateGetByID[*omni.TalosExtensions](ctx, r.store, version)
	if err != nil || !r.faults.catalogueLoaded() {
		return []error{fmt.Errorf("no Talos extensions catalog for version %q", version)}
	}

	known := map[string]bool{}
	for _, item := range catalogue.TypedSpec().Value.Items {
		known[item.Name] = true
	}

	var errs []error

	names := config.TypedSpec().Value.Extensions

	for i, name := range names {
		switch {
		case slices.Contains(names[:i], name):
			errs = append(errs, fmt.Errorf("extension %q (entry %d) is listed more than once", name, i))
		case !known[name]:
			errs = append(errs, fmt.Errorf("extension %q (entry %d) is not available for Talos version %q", name, i, version))
		}
	}

	return errs
}

// machineClass may only ask for machines of a provider that has registered.
func (r *rules) machineClass(ctx context.Context, class *omni.MachineClass) error {
	provision := class.TypedSpec().Value.AutoProvision
	if provision == nil {
		return nil
	}

	if _, err := safe.StateGetByID[*infra.ProviderStatus](ctx, r.store, provision.ProviderId); err != nil {
		return fmt.Errorf("failed to get provider: %w", err)
	}

	return nil
}

// parse reads a version; one that is none is 0.0.0.
func parse(version string) semver.Version {
	v, _ := semver.ParseTolerant(version) //nolint:errcheck

	return v
}

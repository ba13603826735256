package node

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/state"
	discovery "github.com/siderolabs/talos/pkg/machinery/resources/cluster"
)

func (c *cluster) bootstrap(m *Machine) error {
	c.mu.Lock()
	defer c.mu.Unlock()

	if c.bootstrapped {
		return fmt.Errorf("etcd data directory is not empty")
	}

	c.bootstrapped, c.first = true, m

	if !m.isReal() {
		c.join(m)
	}

	return nil
}

// join makes a machine a member of etcd; one that is keeps its id. The caller holds the lock.
func (c *cluster) join(m *Machine) uint64 {
	for id, member := range c.members {
		if member == m && m.runsEtcd() {
			return id
		}
	}

	// One that has lost its data comes back as another.
	maps.DeleteFunc(c.members, func(_ uint64, member *Machine) bool { return member == m })
	m.mu.Lock()
	m.hasData = true
	m.mu.Unlock()

	// As large as real ones, so that nobody takes them for decimal numbers.
	c.nextID++
	sum := sha256.Sum256([]byte(fmt.Sprint(m.spec.ID, c.nextID)))
	id := binary.BigEndian.Uint64(sum[:8])
	c.members[id] = m
	c.changed()

	return id
}

// leave takes a machine out of the members, with its data. The caller holds the lock.
func (c *cluster) leave(m *Machine) {
	maps.DeleteFunc(c.members, func(_ uint64, member *Machine) bool { return member == m })

	m.mu.Lock()
	m.hasData = false
	m.mu.Unlock()
	c.changed()
	c.buryIfLost()
}

// errLast is what etcd says to its last member.
var errLast = errors.New(
	"failed to leave cluster: etcdserver: re-configuration failed due to not enough started members")

// leaveInOrder is refused to the last member; one that is none has nothing to leave.
func (c *cluster) leaveInOrder(m *Machine) error {
	c.mu.Lock()
	defer c.mu.Unlock()

	isMember := false
	for _, member := range c.members {
		isMember = isMember || member == m
	}

	if !isMember {
		return nil
	}

	if len(c.members) == 1 {
		return errLast
	}

	c.leave(m)

	return nil
}

// lose looks whether there is still somebody with the data, after a machine has lost its own.
func (c *cluster) lose() {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.buryIfLost()
}

// buryIfLost: the last one took the data with it. The caller holds the lock.
func (c *cluster) buryIfLost() {
	for _, member := range c.members {
		if member.keepsData() {
			return
		}
	}

	c.bootstrapped, c.leader = false, 0
	c.members, c.nodes = map[uint64]*Machine{}, map[string]*kubeNode{}
	c.changed()
}

func (m *Machine) keepsData() bool {
	m.mu.Lock()
	defer m.mu.Unlock()

	return m.hasData
}

// runsEtcd says whether the member of this machine takes part.
func (m *Machine) runsEtcd() bool { return m.isUp() && m.keepsData() }

// memberIDs are in order; no error only while more than half of the members run.
func (c *cluster) memberIDs() ([]uint64, map[uint64]*Machine, error) {
	c.mu.Lock()
	defer c.mu.Unlock()

	var alive []uint64

	ids := slices.Sorted(maps.Keys(c.members))
	for _, id := range ids {
		if c.members[id].runsEtcd() {
			alive = append(alive, id)
		}
	}

	if len(alive)*2 <= len(ids) {
		return nil, nil, fmt.Errorf("etcdserver: no leader")
	}

	if !slices.Contains(alive, c.leader) {
		c.leader, c.term = alive[0], c.term+1
	}

	return ids, maps.Clone(c.members), nil
}

// forfeit makes another member the leader, if there is one. The answer is whether it did.
func (c *cluster) forfeit(from uint64) (uint64, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()

	if c.leader != from {
		return 0, false
	}

	for _, id := range slices.Sorted(maps.Keys(c.members)) {
		if id != from && c.members[id].runsEtcd() {
			c.leader, c.term = id, c.term+1

			return id, true
		}
	}

	return 0, false
}

// meet makes a machine known to discovery, and it all others.
func (c *cluster) meet(m *Machine) {
	c.mu.Lock()
	c.affiliates[m] = struct{}{}
	c.mu.Unlock()
	c.publishAffiliates()
}

// forget is what a reset does; a machine that is only off stays known for half an hour.
func (c *cluster) forget(m *Machine) {
	c.mu.Lock()
	delete(c.affiliates, m)
	c.mu.Unlock()
	c.publishAffiliates()
}

func (c *cluster) publishAffiliates() {
	c.mu.Lock()
	defer c.mu.Unlock()

	wanted := map[resource.ID]*discovery.Member{}

	for m := range c.affiliates {
		if member := m.member(); member != nil {
			wanted[member.Metadata().ID()] = member
		}
	}

	for m := range c.affiliates {
		if m.isUp() && m.discovers() {
			m.publishMembers(wanted)
		}
	}
}

// discovers says whether the machine takes part in discovery.
func (m *Machine) discovers() bool {
	cfg := m.configuration()

	return cfg != nil && cfg.Cluster().Discovery().Enabled()
}

// member is the machine as others discover it; nil if they do not.
func (m *Machine) member() *discovery.Member {
	if !m.discovers() {
		return nil
	}

	cfg, view := m.configuration(), m.View()
	member := discovery.NewMember(discovery.NamespaceName, view.Hostname)
	spec := member.TypedSpec()
	spec.NodeID, spec.Hostname, spec.MachineType = m.nodeID(), view.Hostname, cfg.Machine().Type()
	spec.OperatingSystem = fmt.Sprintf("Talos (%s)", view.Talos)

	for _, prefix := range m.prefixes() {
		spec.Addresses = append(spec.Addresses, prefix.Addr())
	}

	if cfg.Machine().Type().IsControlPlane() {
		spec.ControlPlane = &discovery.ControlPlane{APIServerPort: int(m.spec.KubePort)}
	}

	return member
}

func (m *Machine) publishMembers(wanted map[resource.ID]*discovery.Member) {
	m.mu.Lock()
	st := m.state
	m.mu.Unlock()

	ctx := context.Background()

	known, err := st.List(ctx, discovery.NewMember(discovery.NamespaceName, "").Metadata())
	if err != nil {
		return
	}

	for _, old := range known.Items {
		if _, ok := wanted[old.Metadata().ID()]; !ok {
			_ = st.Destroy(ctx, old.Metadata())
		}
	}

	for _, member := range wanted {
		if err := st.Create(ctx, member.DeepCopy()); state.IsConflictError(err) {
			update(m, discovery.NewMember(discovery.NamespaceName, member.Metadata().ID()),
				func(res *discovery.Member) { *res.TypedSpec() = *member.TypedSpec() })
		}
	}
}

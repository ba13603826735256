// Package node is a machine that runs Talos, as its API shows it: no kernel, no containers, but the same answers at the same
// moments. It boots into maintenance, takes a machine configuration, installs, reboots, upgrades, resets, and reports what it
// is at as COSI resources. How others reach it is not its business: whoever starts it gives it an address to listen on.
package node

import (
	"fmt"
	"slices"
	"sync"

	"github.com/siderolabs/image-factory/pkg/schematic"
)

// World is what machines have in common: who is in which cluster, and what is in an image.
type World struct {
	mu         sync.Mutex
	clusters   map[string]*cluster
	schematics map[string]schematic.Schematic
}

// NewWorld makes a world without machines.
func NewWorld() *World {
	return &World{clusters: map[string]*cluster{}, schematics: map[string]schematic.Schematic{}}
}

// AddSchematic keeps what an image factory was asked for, and returns its id.
func (w *World) AddSchematic(s schematic.Schematic) (string, error) {
	id, err := s.ID()
	if err != nil {
		return "", fmt.Errorf("id of the schematic: %w", err)
	}

	w.mu.Lock()
	defer w.mu.Unlock()

	w.schematics[id] = s

	return id, nil
}

// Schematic is what AddSchematic was given.
func (w *World) Schematic(id string) (schematic.Schematic, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()

	s, ok := w.schematics[id]

	return s, ok
}

// cluster is the state that lives on several machines: etcd and the Kubernetes API.
type cluster struct {
	mu           sync.Mutex
	bootstrapped bool
	// members of etcd, by id of the member.
	members map[uint64]*Machine
	nextID  uint64
	// nodes of Kubernetes, by name.
	nodes map[string]*kubeNode
	// watchers are told of each change.
	watchers map[chan struct{}]struct{}
	version  uint64
	// issuer of Talos certificates: known as soon as a control plane has its configuration.
	issuer issuer
}

func (w *World) cluster(id string) *cluster {
	w.mu.Lock()
	defer w.mu.Unlock()

	c, ok := w.clusters[id]
	if !ok {
		c = &cluster{
			members: map[uint64]*Machine{}, nodes: map[string]*kubeNode{}, watchers: map[chan struct{}]struct{}{}, nextID: 0x1000,
		}
		w.clusters[id] = c
	}

	return c
}

// changed tells all who watch. The caller holds the lock.
func (c *cluster) changed() {
	c.version++

	for watcher := range c.watchers {
		select {
		case watcher <- struct{}{}:
		default:
		}
	}
}

func (c *cluster) bootstrap(m *Machine) error {
	c.mu.Lock()
	defer c.mu.Unlock()

	if c.bootstrapped {
		return fmt.Errorf("etcd data directory is not empty")
	}

	c.bootstrapped = true
	c.join(m)

	return nil
}

// join makes a machine a member of etcd; one that is keeps its id. The caller holds the lock.
func (c *cluster) join(m *Machine) uint64 {
	for id, member := range c.members {
		if member == m {
			return id
		}
	}

	c.nextID++
	c.members[c.nextID] = m
	c.changed()

	return c.nextID
}

func (c *cluster) leave(m *Machine) {
	c.mu.Lock()
	defer c.mu.Unlock()

	for id, member := range c.members {
		if member == m {
			delete(c.members, id)
			c.changed()
		}
	}

	// The last one took the data with it.
	if len(c.members) == 0 {
		c.bootstrapped = false
		c.nodes = map[string]*kubeNode{}
	}
}

// memberIDs are in order; no error only while more than half of the members run.
func (c *cluster) memberIDs() ([]uint64, map[uint64]*Machine, error) {
	c.mu.Lock()
	defer c.mu.Unlock()

	alive := 0
	ids := make([]uint64, 0, len(c.members))
	members := map[uint64]*Machine{}

	for id, m := range c.members {
		ids = append(ids, id)
		members[id] = m

		if m.isUp() {
			alive++
		}
	}

	slices.Sort(ids)

	if len(ids) == 0 || alive*2 <= len(ids) {
		return nil, nil, fmt.Errorf("etcdserver: no leader")
	}

	return ids, members, nil
}

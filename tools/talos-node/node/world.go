// Package node is a machine that runs Talos, as its API shows it: no kernel, no containers, but the same answers at the same
// moments. It boots into maintenance, takes a machine configuration, installs, reboots, upgrades, resets, and reports what it
// is at as COSI resources. How others reach it is not its business: whoever starts it gives it an address to listen on.
package node

import (
	"fmt"
	"net/netip"
	"sync"

	"github.com/siderolabs/image-factory/pkg/schematic"
)

// World is what machines have in common: who is in which cluster, and what is in an image.
type World struct {
	// ManagerIsAdmin: whoever calls in maintenance may do all, as Omni may through SideroLink.
	ManagerIsAdmin bool
	// Programs that run below the machines; nil to play etcd and Kubernetes.
	Programs *Programs

	mu         sync.Mutex
	machines   []*Machine
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
	// first is who was told to begin etcd.
	first *Machine
	// joining is held by who begins to run a real etcd.
	joining sync.Mutex
	// apiServers are real ones.
	apiServers map[*Machine]netip.AddrPort
	// kubernetesIssuer signs for nodes: known as soon as a control plane has its configuration.
	kubernetesIssuer issuer
	// members of etcd, by id of the member.
	members map[uint64]*Machine
	nextID  uint64
	// leader of etcd; 0 before the first election. Each election is a term.
	leader uint64
	term   uint64
	// affiliates are those that discovery knows.
	affiliates map[*Machine]struct{}
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
			members: map[uint64]*Machine{}, nodes: map[string]*kubeNode{}, watchers: map[chan struct{}]struct{}{},
			affiliates: map[*Machine]struct{}{}, apiServers: map[*Machine]netip.AddrPort{},
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

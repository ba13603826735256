package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"tools/talos-node/node"
)

// machines are all that were ever plugged in, in order.
type machines struct {
	world *node.World
	mu    sync.Mutex
	order []string
	known map[string]*member
}

type member struct {
	link *link
	node *node.Machine
}

func newMachines(world *node.World) *machines {
	return &machines{world: world, known: map[string]*member{}}
}

// order of a test: a machine, and after how many milliseconds it is there.
type machineOrder struct {
	node.Spec

	DelayMs int `json:"delayMs"`
}

// handler is the control of the machines, for tests.
func (m *machines) handler(ctx context.Context) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /machines", func(w http.ResponseWriter, _ *http.Request) { send(w, http.StatusOK, m.views()) })
	mux.HandleFunc("POST /machines", func(w http.ResponseWriter, r *http.Request) {
		var order machineOrder
		if err := json.NewDecoder(r.Body).Decode(&order); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)

			return
		}

		if order.DelayMs > 0 {
			go func() {
				time.Sleep(time.Duration(order.DelayMs) * time.Millisecond)

				if err := m.add(ctx, order.Spec); err != nil {
					fmt.Println(order.ID, err)
				}
			}()
			send(w, http.StatusAccepted, struct{}{})

			return
		}

		if err := m.add(ctx, order.Spec); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)

			return
		}

		send(w, http.StatusCreated, struct{}{})
	})
	mux.HandleFunc("PUT /machines/{id}/{what}", func(w http.ResponseWriter, r *http.Request) {
		if err := m.change(ctx, r); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)

			return
		}

		send(w, http.StatusOK, struct{}{})
	})

	return mux
}

func (m *machines) views() []node.View {
	m.mu.Lock()
	defer m.mu.Unlock()

	views := make([]node.View, 0, len(m.order))
	for _, id := range m.order {
		views = append(views, m.known[id].node.View())
	}

	return views
}

func (m *machines) add(ctx context.Context, spec node.Spec) error {
	connection, err := newLink(spec.ID, spec.Talos)
	if err != nil {
		return err
	}

	if err = connection.up(ctx); err != nil {
		return err
	}

	machine, err := node.NewMachine(m.world, spec, connection.address, connection.tell)
	if err != nil {
		return err
	}

	go connection.send(ctx)

	m.mu.Lock()
	if _, ok := m.known[spec.ID]; !ok {
		m.order = append(m.order, spec.ID)
	}
	m.known[spec.ID] = &member{link: connection, node: machine}
	m.mu.Unlock()

	return machine.PowerOn()
}

// change sets what a test wants of a machine: its power or its faults.
func (m *machines) change(ctx context.Context, r *http.Request) error {
	m.mu.Lock()
	machine, ok := m.known[r.PathValue("id")]
	m.mu.Unlock()

	if !ok {
		return fmt.Errorf("no machine %s", r.PathValue("id"))
	}

	switch r.PathValue("what") {
	case "faults":
		var faults node.Faults
		if err := json.NewDecoder(r.Body).Decode(&faults); err != nil {
			return fmt.Errorf("faults: %w", err)
		}

		machine.node.SetFaults(faults)

		return nil
	case "power":
		var on bool
		if err := json.NewDecoder(r.Body).Decode(&on); err != nil {
			return fmt.Errorf("power: %w", err)
		}

		machine.link.down()
		machine.node.PowerOff()

		if !on {
			return machine.link.lost()
		}

		if err := machine.link.up(ctx); err != nil {
			return err
		}

		return machine.node.PowerOn()
	default:
		return fmt.Errorf("a machine has power and faults, not %q", r.PathValue("what"))
	}
}

func (m *machines) powerOffAll() {
	m.mu.Lock()
	defer m.mu.Unlock()

	for _, machine := range m.known {
		machine.link.down()
		machine.node.PowerOff()
	}
}

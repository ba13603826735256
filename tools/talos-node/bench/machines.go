package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"tools/talos-node/node"
)

// Line is what connects a machine with others.
type Line interface {
	// Up makes the machine reachable.
	Up(ctx context.Context) error
	Down()
	// Lost is called when the machine is to stay away.
	Lost() error
	// Address to listen on, once it is up.
	Address() netip.Addr
	// Tell sends an event to whoever manages the machine.
	Tell(event proto.Message)
}

// Order of a test: a machine, and after how many milliseconds it is there.
type Order struct {
	node.Spec

	// Address to listen on, where the line does not give it.
	Address string `json:"address"`
	DelayMs int    `json:"delayMs"`
	// Off: its plug is pulled.
	Off bool `json:"off"`
}

// Machines are all that were ever plugged in, in order.
type Machines struct {
	World *node.World
	// Connect makes the line of a machine.
	Connect func(order Order) (Line, error)

	mu    sync.Mutex
	order []string
	known map[string]*member
}

type member struct {
	line Line
	node *node.Machine
}

// Handler is the control of the machines, for tests.
func (m *Machines) Handler(ctx context.Context) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /machines", func(w http.ResponseWriter, _ *http.Request) { Send(w, http.StatusOK, m.views()) })
	mux.HandleFunc("POST /machines", func(w http.ResponseWriter, r *http.Request) {
		var order Order
		if err := json.NewDecoder(r.Body).Decode(&order); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)

			return
		}

		if order.DelayMs > 0 {
			go func() {
				time.Sleep(time.Duration(order.DelayMs) * time.Millisecond)

				if err := m.add(ctx, order); err != nil {
					fmt.Println(order.ID, err)
				}
			}()
			Send(w, http.StatusAccepted, struct{}{})

			return
		}

		if err := m.add(ctx, order); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)

			return
		}

		Send(w, http.StatusCreated, struct{}{})
	})
	mux.HandleFunc("GET /machines/{id}/calls", m.with(func(w http.ResponseWriter, _ *http.Request, machine *member) error {
		Send(w, http.StatusOK, machine.node.Calls())

		return nil
	}))
	mux.HandleFunc("PUT /machines/{id}/{what}", m.with(func(w http.ResponseWriter, r *http.Request, machine *member) error {
		if err := machine.change(ctx, r); err != nil {
			return err
		}

		Send(w, http.StatusOK, struct{}{})

		return nil
	}))
	mux.HandleFunc("DELETE /machines/{id}", m.with(func(w http.ResponseWriter, r *http.Request, machine *member) error {
		m.remove(r.PathValue("id"), machine)
		Send(w, http.StatusOK, struct{}{})

		return nil
	}))

	return mux
}

// with finds the machine that a request names.
func (m *Machines) with(then func(http.ResponseWriter, *http.Request, *member) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		machine, ok := m.known[r.PathValue("id")]
		m.mu.Unlock()

		if !ok {
			http.Error(w, "no machine "+r.PathValue("id"), http.StatusNotFound)

			return
		}

		if err := then(w, r, machine); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	}
}

func (m *Machines) views() []node.View {
	m.mu.Lock()
	defer m.mu.Unlock()

	views := make([]node.View, 0, len(m.order))
	for _, id := range m.order {
		views = append(views, m.known[id].node.View())
	}

	return views
}

func (m *Machines) add(ctx context.Context, order Order) error {
	line, err := m.Connect(order)
	if err != nil {
		return err
	}

	if err = line.Up(ctx); err != nil {
		return err
	}

	machine, err := node.NewMachine(m.World, order.Spec, line.Address(), line.Tell)
	if err != nil {
		return err
	}

	m.mu.Lock()
	if m.known == nil {
		m.known = map[string]*member{}
	}

	if _, ok := m.known[order.ID]; !ok {
		m.order = append(m.order, order.ID)
	}

	m.known[order.ID] = &member{line: line, node: machine}
	m.mu.Unlock()

	if order.Off {
		return nil
	}

	return machine.PowerOn()
}

func (m *Machines) remove(id string, machine *member) {
	machine.line.Down()
	machine.node.PowerOff()
	machine.node.Remove()

	m.mu.Lock()
	defer m.mu.Unlock()

	delete(m.known, id)
	m.order = slices.DeleteFunc(m.order, func(other string) bool { return other == id })
}

// change sets what a test wants of a machine.
func (m *member) change(ctx context.Context, r *http.Request) error {
	switch what := r.PathValue("what"); what {
	case "faults":
		var faults node.Faults
		if err := json.NewDecoder(r.Body).Decode(&faults); err != nil {
			return fmt.Errorf("faults: %w", err)
		}

		m.node.SetFaults(faults)

		return nil
	case "power":
		var on bool
		if err := json.NewDecoder(r.Body).Decode(&on); err != nil {
			return fmt.Errorf("power: %w", err)
		}

		m.line.Down()
		m.node.PowerOff()

		if !on {
			return m.line.Lost()
		}

		if err := m.line.Up(ctx); err != nil {
			return err
		}

		return m.node.PowerOn()
	case "wiped":
		if m.node.View().Powered {
			return errors.New("pull the plug before its disk is changed")
		}

		m.node.Wipe()

		return nil
	case "leased":
		var prefix netip.Prefix
		if err := json.NewDecoder(r.Body).Decode(&prefix); err != nil {
			return fmt.Errorf("lease: %w", err)
		}

		if m.node.View().Powered {
			return errors.New("pull the plug before its lease ends")
		}

		m.node.Lease(prefix)

		return nil
	case "foreign":
		return m.node.BecomeForeign()
	default:
		return fmt.Errorf("a machine has power, faults, wiped, leased and foreign, not %q", what)
	}
}

// PowerOff pulls all plugs.
func (m *Machines) PowerOff() {
	m.mu.Lock()
	defer m.mu.Unlock()

	for _, machine := range m.known {
		machine.line.Down()
		machine.node.PowerOff()
	}
}

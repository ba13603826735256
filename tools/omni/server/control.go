package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"slices"
	"time"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/siderolabs/omni/client/pkg/omni/resources/registry"
	"go.yaml.in/yaml/v4"
)

// control is the interface for tests: machines, faults, and what the server knows. It has no authentication.
type control struct {
	ctx        context.Context //nolint:containedctx // machines join later than their request
	store      *store
	machines   *machines
	rules      *rules
	faults     *faults
	controller *controller
}

func (c *control) handler() http.Handler {
	mux := http.NewServeMux()

	for pattern, handle := range map[string]func(*http.Request) (any, error){
		"POST /machines":        c.addMachines,
		"PATCH /machines/{id}":  c.updateMachine,
		"DELETE /machines/{id}": c.removeMachine,
		"PUT /faults":           c.setFaults,
		"GET /resources/{type}": c.resources,
		"GET /writes":           func(*http.Request) (any, error) { return c.rules.writes(), nil },
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			answer, err := handle(r)

			// So that a test need not wait for what it has just changed.
			if r.Method != http.MethodGet {
				c.controller.look(c.ctx)
			}

			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)

				return
			}

			if answer != nil {
				json.NewEncoder(w).Encode(answer) //nolint:errcheck // the test is gone
			}
		})
	}

	return mux
}

func (c *control) addMachines(r *http.Request) (any, error) {
	var bodies []json.RawMessage
	if err := json.NewDecoder(r.Body).Decode(&bodies); err != nil {
		return nil, err
	}

	ids := make([]string, 0, len(bodies))

	for _, body := range bodies {
		m := newMachine()
		if err := json.Unmarshal(body, m); err != nil {
			return nil, err
		}

		if m.ID == "" {
			return nil, errors.New("a machine needs an id")
		}

		id, err := c.join(m)
		if err != nil {
			return nil, err
		}

		ids = append(ids, id)
	}

	return ids, nil
}

// join is later for a machine with a delay; its id is then the one that it asks for.
func (c *control) join(m *machine) (string, error) {
	if m.DelayMs == 0 {
		return c.machines.join(c.ctx, m)
	}

	id := m.ID

	time.AfterFunc(time.Duration(m.DelayMs)*time.Millisecond, func() {
		if _, err := c.machines.join(c.ctx, m); err != nil {
			log.Print(err)
		}
	})

	return id, nil
}

func (c *control) updateMachine(r *http.Request) (any, error) {
	return nil, c.machines.update(c.ctx, r.PathValue("id"), func(m *machine) error {
		return json.NewDecoder(r.Body).Decode(m)
	})
}

func (c *control) removeMachine(r *http.Request) (any, error) {
	return nil, c.machines.remove(c.ctx, r.PathValue("id"))
}

func (c *control) setFaults(r *http.Request) (any, error) {
	var spec faultSpec
	if err := json.NewDecoder(r.Body).Decode(&spec); err != nil {
		return nil, err
	}

	for _, refusal := range spec.Refuse {
		if refusal.Code == "" {
			continue
		}

		if _, err := codeOf(refusal.Code); err != nil {
			return nil, err
		}
	}

	c.faults.set(spec)

	version, api := backendVersion, uint32(apiVersion)
	if spec.Version != "" {
		version = spec.Version
	}

	if spec.APIVersion != 0 {
		api = spec.APIVersion
	}

	return nil, c.store.setVersion(c.ctx, version, api)
}

// plain is a resource as JSON.
type plain struct {
	Type        string            `json:"type"`
	ID          string            `json:"id"`
	Phase       string            `json:"phase"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	Finalizers  []string          `json:"finalizers"`
	Version     uint64            `json:"version"`
	Spec        any               `json:"spec"`
}

func (c *control) resources(r *http.Request) (any, error) {
	name := r.PathValue("type")

	for _, known := range registry.Resources {
		definition := known.ResourceDefinition()
		if shortName(definition.Type) != name {
			continue
		}

		kind := resource.NewMetadata(definition.DefaultNamespace, definition.Type, "", resource.VersionUndefined)

		items, err := c.store.List(c.ctx, kind)
		if err != nil {
			return nil, err
		}

		all := make([]plain, 0, len(items.Items))

		for _, item := range items.Items {
			p, err := toPlain(item)
			if err != nil {
				return nil, err
			}

			all = append(all, p)
		}

		return all, nil
	}

	return nil, errors.New("no such type")
}

// toPlain gives the spec the keys that `omnictl get -o json` shows.
func toPlain(r resource.Resource) (plain, error) {
	md := r.Metadata()
	p := plain{
		Type: shortName(md.Type()), ID: md.ID(), Phase: md.Phase().String(), Version: md.Version().Value(),
		Labels: orEmpty(md.Labels().Raw()), Annotations: orEmpty(md.Annotations().Raw()),
		Finalizers: slices.Clone(append([]string{}, *md.Finalizers()...)),
	}

	text, err := yaml.Marshal(r.Spec())
	if err != nil {
		return p, err
	}

	return p, yaml.Unmarshal(text, &p.Spec)
}

func orEmpty(values map[string]string) map[string]string {
	if values == nil {
		return map[string]string{}
	}

	return values
}

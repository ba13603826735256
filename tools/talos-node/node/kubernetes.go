package node

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/config"
)

// kubeNode is a node of Kubernetes, with the static pods of a control plane.
type kubeNode struct {
	name    string
	address string
	kubelet string
	ready   bool
	// pods: image by name of the component.
	pods map[string]string
}

func (m *Machine) joinKubernetes(cfg config.Provider, in *cluster) {
	node := &kubeNode{name: m.View().Hostname, kubelet: tagOf(cfg.Machine().Kubelet().Image()), ready: true}
	if len(m.spec.Addresses) > 0 {
		node.address, _, _ = strings.Cut(m.spec.Addresses[0], "/")
	}

	if cfg.Machine().Type().IsControlPlane() {
		node.pods = map[string]string{
			"kube-apiserver":          cfg.Cluster().APIServer().Image(),
			"kube-controller-manager": cfg.K8sControllerManagerConfig().Image(),
			"kube-scheduler":          cfg.K8sSchedulerConfig().Image(),
		}
	}

	in.mu.Lock()
	in.nodes[node.name] = node
	in.changed()
	in.mu.Unlock()
}

// refreshKubernetes restarts what a new configuration names with another version.
func (m *Machine) refreshKubernetes(cfg config.Provider) {
	in := m.world.cluster(cfg.Cluster().ID())

	in.mu.Lock()
	_, joined := in.nodes[m.View().Hostname]
	in.mu.Unlock()

	if joined {
		m.joinKubernetes(cfg, in)
	}
}

// leaveKubernetes marks the node as away, or takes it out for good.
func (m *Machine) leaveKubernetes(forGood bool) {
	m.mu.Lock()
	cfg, name := m.config, m.hostname()
	m.mu.Unlock()

	if cfg == nil {
		return
	}

	in := m.world.cluster(cfg.Cluster().ID())

	in.mu.Lock()
	defer in.mu.Unlock()

	if node, ok := in.nodes[name]; ok {
		node.ready = false
		in.changed()
	}

	if forGood {
		delete(in.nodes, name)

		for id, member := range in.members {
			if member == m {
				delete(in.members, id)
			}
		}

		in.changed()
	}
}

func tagOf(image string) string {
	return image[strings.LastIndex(image, ":")+1:]
}

// serveKubernetes is the part of the Kubernetes API that a manager reads: nodes, pods of the control plane, and no services.
func (m *Machine) serveKubernetes(ctx context.Context, cfg config.Provider, in *cluster) error {
	authority, err := parseIssuer(cfg.Cluster().IssuingCA())
	if err != nil {
		return err
	}

	names := append([]string{"localhost", "kubernetes"}, cfg.Cluster().CertSANs()...)

	certificate, err := serverCertificate(&authority, "kube-apiserver", m.ips(), names)
	if err != nil {
		return err
	}

	listener, err := m.listen(kubePort)
	if err != nil {
		return fmt.Errorf("kubernetes API: %w", err)
	}

	server := &http.Server{
		Handler: kubernetesHandler(in), TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}},
		ReadHeaderTimeout: 10 * time.Second,
		// Load balancers look whether somebody listens, and hang up.
		ErrorLog: log.New(io.Discard, "", 0),
	}

	go server.ServeTLS(listener, "", "") //nolint:errcheck // ends with the machine

	go func() {
		<-ctx.Done()
		server.Close() //nolint:errcheck // nothing is to be saved
	}()

	return nil
}

func kubernetesHandler(in *cluster) http.Handler {
	mux := http.NewServeMux()
	none := func() []object { return nil }

	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, object{"major": "1", "minor": "34", "gitVersion": "v1.34.0"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	mux.HandleFunc("GET /api/v1/nodes", in.list("v1", "NodeList", "Node", in.nodeObjects))
	mux.HandleFunc("GET /api/v1/namespaces/kube-system/pods", in.list("v1", "PodList", "Pod", in.podObjects))
	mux.HandleFunc("GET /api/v1/services", in.list("v1", "ServiceList", "Service", none))
	mux.HandleFunc("DELETE /api/v1/nodes/{name}", func(w http.ResponseWriter, r *http.Request) {
		in.mu.Lock()
		delete(in.nodes, r.PathValue("name"))
		in.changed()
		in.mu.Unlock()
		answer(w, http.StatusOK, object{"kind": "Status", "apiVersion": "v1", "status": "Success"})
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusNotFound, object{
			"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": http.StatusNotFound,
		})
	})

	return mux
}

type object = map[string]any

func answer(w http.ResponseWriter, code int, body object) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(body) //nolint:errcheck,errchkjson // the client is gone then
}

// list answers with all objects, or with them as they change.
func (c *cluster) list(version, listKind, kind string, objects func() []object) http.HandlerFunc {
	current := func() (string, []object) {
		c.mu.Lock()
		defer c.mu.Unlock()

		return fmt.Sprint(c.version + 1), objects()
	}

	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("sendInitialEvents") == "true" {
			// As an API server without the feature: the client lists then.
			answer(w, http.StatusUnprocessableEntity, object{
				"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Invalid", "code": http.StatusUnprocessableEntity,
			})

			return
		}

		if r.URL.Query().Get("watch") == "" {
			at, items := current()
			answer(w, http.StatusOK, object{
				"kind": listKind, "apiVersion": version, "metadata": object{"resourceVersion": at}, "items": items,
			})

			return
		}

		c.watch(w, r, kind, current)
	}
}

func (c *cluster) watch(w http.ResponseWriter, r *http.Request, kind string, current func() (string, []object)) {
	flusher, ok := w.(http.Flusher)
	if !ok {
		return
	}

	changes := make(chan struct{}, 1)

	c.mu.Lock()
	c.watchers[changes] = struct{}{}
	c.mu.Unlock()

	defer func() {
		c.mu.Lock()
		delete(c.watchers, changes)
		c.mu.Unlock()
	}()

	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	flusher.Flush()

	events := json.NewEncoder(w)
	known := map[string]string{}
	last := map[string]object{}

	// What the client has listed is told again: it takes that for a change to the same.
	for {
		_, items := current()
		seen := map[string]bool{}

		for _, item := range items {
			metadata, _ := item["metadata"].(object)
			name := fmt.Sprint(metadata["name"])
			text := fmt.Sprint(item["spec"], item["status"])
			seen[name] = true

			if known[name] != text {
				kindOf := "MODIFIED"
				if _, ok := known[name]; !ok {
					kindOf = "ADDED"
				}

				known[name], last[name] = text, item
				item["kind"], item["apiVersion"] = kind, "v1"
				events.Encode(object{"type": kindOf, "object": item}) //nolint:errcheck,errchkjson // the client is gone then
			}
		}

		for _, name := range slices.Sorted(maps.Keys(known)) {
			if !seen[name] {
				delete(known, name)
				events.Encode(object{"type": "DELETED", "object": last[name]}) //nolint:errcheck,errchkjson // the client is gone then
			}
		}

		flusher.Flush()

		select {
		case <-r.Context().Done():
			return
		case <-changes:
		}
	}
}

func condition(ready bool) []object {
	state := "False"
	if ready {
		state = "True"
	}

	return []object{{"type": "Ready", "status": state}}
}

// nodeObjects: the caller holds the lock.
func (c *cluster) nodeObjects() []object {
	objects := []object{}

	for _, name := range slices.Sorted(maps.Keys(c.nodes)) {
		node := c.nodes[name]
		objects = append(objects, object{
			"metadata": object{"name": name, "uid": "node-" + name, "resourceVersion": fmt.Sprint(c.version + 1)},
			"spec":     object{},
			"status": object{
				"nodeInfo":   object{"kubeletVersion": node.kubelet},
				"conditions": condition(node.ready),
				"addresses":  []object{{"type": "InternalIP", "address": node.address}},
			},
		})
	}

	return objects
}

// podObjects: the caller holds the lock.
func (c *cluster) podObjects() []object {
	objects := []object{}

	for _, name := range slices.Sorted(maps.Keys(c.nodes)) {
		for _, app := range slices.Sorted(maps.Keys(c.nodes[name].pods)) {
			objects = append(objects, object{
				"metadata": object{
					"name": app + "-" + name, "namespace": "kube-system", "uid": app + "-" + name,
					"resourceVersion": fmt.Sprint(c.version + 1), "labels": object{"tier": "control-plane", "k8s-app": app},
				},
				"spec": object{
					"nodeName": name, "containers": []object{{"name": app, "image": c.nodes[name].pods[app]}},
				},
				"status": object{"conditions": condition(c.nodes[name].ready)},
			})
		}
	}

	return objects
}

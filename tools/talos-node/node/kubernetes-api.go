package node

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/config"
)

// serveKubernetes is the part of the Kubernetes API that a manager reads: nodes, pods of the control plane, and no services.
func (m *Machine) serveKubernetes(ctx context.Context, address netip.Addr, cfg config.Provider, in *cluster) error {
	authority, err := parseIssuer(cfg.Cluster().IssuingCA())
	if err != nil {
		return err
	}

	names := append([]string{"localhost", "kubernetes", cfg.Cluster().Endpoint().Hostname()}, cfg.Cluster().CertSANs()...)

	certificate, err := m.serverCertificate(&authority, "kube-apiserver", names)
	if err != nil {
		return err
	}

	clients := x509.NewCertPool()
	clients.AddCert(authority.certificate)

	listener, err := bind(ctx, address, m.spec.KubePort)
	if err != nil {
		return fmt.Errorf("kubernetes API: %w", err)
	}

	server := &http.Server{
		Handler: m.authenticated(kubernetesHandler(in, tagOf(cfg.Cluster().APIServer().Image()))),
		TLSConfig: &tls.Config{ //nolint:gosec // as Talos
			Certificates: []tls.Certificate{certificate}, ClientCAs: clients, ClientAuth: tls.VerifyClientCertIfGiven, Time: m.now,
		},
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

// authenticated wants a certificate of the cluster, or a manager that has its own way.
func (m *Machine) authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.PeerCertificates) == 0 && !m.world.ManagerIsAdmin {
			refuse(w, http.StatusUnauthorized, "Unauthorized", "Unauthorized")

			return
		}

		next.ServeHTTP(w, r)
	})
}

func kubernetesHandler(in *cluster, version string) http.Handler {
	mux := http.NewServeMux()
	none := func() []object { return nil }

	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) {
		part := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
		if len(part) < 2 {
			part = []string{"1", "0"}
		}

		answer(w, http.StatusOK, object{"major": part[0], "minor": part[1], "gitVersion": version})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	mux.HandleFunc("GET /api/v1/nodes", in.list("v1", "NodeList", "Node", in.nodeObjects))
	mux.HandleFunc("GET /api/v1/pods", in.list("v1", "PodList", "Pod", in.podObjects))
	mux.HandleFunc("GET /api/v1/namespaces/kube-system/pods", in.list("v1", "PodList", "Pod", in.podObjects))
	mux.HandleFunc("GET /api/v1/services", in.list("v1", "ServiceList", "Service", none))
	mux.HandleFunc("GET /apis/apps/v1/namespaces/{ns}/daemonsets", in.list("apps/v1", "DaemonSetList", "DaemonSet", none))
	mux.HandleFunc("GET /apis/apps/v1/namespaces/{ns}/deployments", in.list("apps/v1", "DeploymentList", "Deployment", none))
	mux.HandleFunc("GET /api/v1/nodes/{name}", in.one("Node", in.nodeObjects))
	mux.HandleFunc("GET /api/v1/namespaces/kube-system/pods/{name}", in.one("Pod", in.podObjects))
	mux.HandleFunc("PATCH /api/v1/nodes/{name}", in.patchNode)
	mux.HandleFunc("DELETE /api/v1/nodes/{name}", func(w http.ResponseWriter, r *http.Request) {
		in.mu.Lock()
		_, known := in.nodes[r.PathValue("name")]
		delete(in.nodes, r.PathValue("name"))
		in.changed()
		in.mu.Unlock()

		if !known {
			notFound(w, "nodes", r.PathValue("name"))

			return
		}

		answer(w, http.StatusOK, object{"kind": "Status", "apiVersion": "v1", "status": "Success"})
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "NotFound", "the server could not find the requested resource")
	})

	return mux
}

type object = map[string]any

func answer(w http.ResponseWriter, code int, body object) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(body) //nolint:errcheck,errchkjson // the client is gone then
}

func refuse(w http.ResponseWriter, code int, reason, message string) {
	answer(w, code, object{
		"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message, "code": code,
	})
}

func notFound(w http.ResponseWriter, kind, name string) {
	refuse(w, http.StatusNotFound, "NotFound", fmt.Sprintf("%s %q not found", kind, name))
}

// one answers with the object of that name.
func (c *cluster) one(kind string, objects func() []object) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		all := objects()
		c.mu.Unlock()

		for _, item := range all {
			if metadata, _ := item["metadata"].(object); metadata["name"] == r.PathValue("name") {
				item["kind"], item["apiVersion"] = kind, "v1"
				answer(w, http.StatusOK, item)

				return
			}
		}

		notFound(w, strings.ToLower(kind)+"s", r.PathValue("name"))
	}
}

// patchNode knows one change: whether new pods may come.
func (c *cluster) patchNode(w http.ResponseWriter, r *http.Request) {
	var patch struct {
		Spec struct {
			Unschedulable *bool `json:"unschedulable"`
		} `json:"spec"`
	}

	if err := json.NewDecoder(r.Body).Decode(&patch); err != nil {
		refuse(w, http.StatusBadRequest, "BadRequest", err.Error())

		return
	}

	c.mu.Lock()
	if node, ok := c.nodes[r.PathValue("name")]; ok {
		node.cordoned = patch.Spec.Unschedulable != nil && *patch.Spec.Unschedulable
		c.changed()
	}
	c.mu.Unlock()
	c.one("Node", c.nodeObjects)(w, r)
}

// selected are those that the selectors of a request take: `k8s-app = x`, `k8s-app in (a,b)`, `spec.nodeName=x`.
func selected(items []object, r *http.Request) []object {
	label, field := r.URL.Query().Get("labelSelector"), r.URL.Query().Get("fieldSelector")

	return slices.DeleteFunc(slices.Clone(items), func(item object) bool {
		metadata, _ := item["metadata"].(object)
		labels, _ := metadata["labels"].(object)
		spec, _ := item["spec"].(object)

		if node, ok := strings.CutPrefix(field, "spec.nodeName="); ok && spec["nodeName"] != node {
			return true
		}

		name, list, isSet := strings.Cut(label, " in ")
		if !isSet {
			name, list, _ = strings.Cut(label, "=")
		}

		wanted := strings.Split(strings.Trim(strings.TrimSpace(list), "=()"), ",")

		return label != "" && !slices.ContainsFunc(wanted, func(value string) bool {
			return labels[strings.TrimSpace(name)] == strings.TrimSpace(value)
		})
	})
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
				"kind": listKind, "apiVersion": version, "metadata": object{"resourceVersion": at}, "items": selected(items, r),
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

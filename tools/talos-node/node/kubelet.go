package node

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/config"
)

const (
	kubeletPeriod = 500 * time.Millisecond
	// leasePeriod is every how many periods a node says that it is alive.
	leasePeriod = 4
)

// kubelet is a stand-in: it registers the node, says that it lives, and plays its pods.
type kubelet struct {
	machine *Machine
	api     *kubernetesClient
	name    string
}

// startKubelet returns when the node is known; the kubelet goes on until the machine is down.
func (m *Machine) startKubelet(ctx context.Context, cfg config.Provider, in *cluster) error {
	// A worker asks a control plane to sign for it.
	if _, ok := waitFor(ctx, func() (struct{}, bool) {
		in.mu.Lock()
		defer in.mu.Unlock()

		return struct{}{}, in.kubernetesIssuer.key != nil
	}); !ok {
		return errAway
	}

	name := m.View().Hostname

	api, err := m.kubernetesClient(cfg, in, func() []netip.AddrPort { return in.serversFor(m) }, "system:node:"+name, "system:nodes")
	if err != nil {
		return err
	}

	k := &kubelet{machine: m, api: api, name: name}
	failure := fmt.Errorf("not asked")

	if _, ok := waitFor(ctx, func() (struct{}, bool) {
		if err := k.register(ctx); err != nil && err.Error() != failure.Error() {
			failure = err
			m.note("kubelet: unable to register node %s: %s", name, err)
		} else if err == nil {
			failure = nil
		}

		return struct{}{}, failure == nil
	}); !ok {
		return errAway
	}

	go k.run(ctx)

	return nil
}

// run goes on until the machine is down. What fails is tried again.
func (k *kubelet) run(ctx context.Context) {
	for round := 0; ctx.Err() == nil; round++ {
		if round%leasePeriod == 0 {
			k.tell(k.renew(ctx))
			k.tell(k.label(ctx))
			k.tell(k.report(ctx))
		}

		k.tell(k.playPods(ctx))

		select {
		case <-ctx.Done():
		case <-time.After(kubeletPeriod):
		}
	}
}

func (k *kubelet) tell(err error) {
	if err != nil {
		k.machine.note("kubelet: %s", err)
	}
}

func (k *kubelet) node() string { return "/api/v1/nodes/" + k.name }

// register makes the node, unless it is there, and tells its state.
func (k *kubelet) register(ctx context.Context) error {
	err := k.api.get(ctx, k.node(), nil)

	if hasCode(err, http.StatusNotFound) {
		err = k.api.create(ctx, "/api/v1/nodes", k.object())
	}

	if err != nil {
		return err
	}

	if err = k.label(ctx); err != nil {
		return err
	}

	if err = k.renew(ctx); err != nil {
		return err
	}

	return k.report(ctx)
}

// object is the node as it registers itself.
func (k *kubelet) object() object {
	cfg := k.machine.configuration()

	return object{
		"apiVersion": "v1", "kind": "Node", "metadata": object{"name": k.name, "labels": labelsOf(cfg, k.name)},
		"spec": object{"taints": taintsOf(cfg)},
	}
}

// label brings labels of a changed configuration.
func (k *kubelet) label(ctx context.Context) error {
	return k.api.patch(ctx, k.node(), object{"metadata": object{
		"labels": labelsOf(k.machine.configuration(), k.name), "annotations": k.machine.configuration().Machine().NodeAnnotations(),
	}})
}

func labelsOf(cfg config.Provider, name string) object {
	labels := (&kubeNode{name: name, pods: staticImages(cfg)}).labels()

	for label, value := range cfg.Machine().NodeLabels() {
		labels[label] = value
	}

	return labels
}

func taintsOf(cfg config.Provider) []object {
	taints := []object{}

	if cfg.Machine().Type().IsControlPlane() && !cfg.Cluster().ScheduleOnControlPlanes() {
		taints = append(taints, object{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"})
	}

	for key, text := range cfg.Machine().NodeTaints() {
		value, effect, isSplit := strings.Cut(text, ":")
		if !isSplit {
			value, effect = "", text
		}

		taints = append(taints, object{"key": key, "value": value, "effect": effect})
	}

	slices.SortFunc(taints, func(a, b object) int { return strings.Compare(fmt.Sprint(a["key"]), fmt.Sprint(b["key"])) })

	return taints
}

// renew tells that the node is alive.
func (k *kubelet) renew(ctx context.Context) error {
	const folder = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"

	spec := object{
		"holderIdentity": k.name, "leaseDurationSeconds": 40, "renewTime": time.Now().UTC().Format("2006-01-02T15:04:05.000000Z"),
	}

	err := k.api.patch(ctx, folder+"/"+k.name, object{"spec": spec})
	if hasCode(err, http.StatusNotFound) {
		err = k.api.create(ctx, folder, object{
			"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": object{"name": k.name}, "spec": spec,
		})
	}

	return err
}

// report tells what the node is and that it is ready.
func (k *kubelet) report(ctx context.Context) error {
	m := k.machine
	view, cfg := m.View(), m.configuration()
	now := time.Now().UTC().Format(time.RFC3339)
	capacity := object{
		"cpu": fmt.Sprint(m.spec.Cores), "memory": fmt.Sprintf("%dMi", m.spec.MemoryMB), "pods": "110", "ephemeral-storage": "40Gi",
	}

	ready := "True"
	if m.faults().NeverReady {
		ready = "False"
	}

	return k.api.patch(ctx, k.node()+"/status", object{"status": object{
		"addresses": []object{
			{"type": "InternalIP", "address": m.kubeAddress().String()}, {"type": "Hostname", "address": k.name},
		},
		"capacity": capacity, "allocatable": capacity,
		"conditions": []object{
			k.condition("Ready", ready, "KubeletReady", "kubelet is posting ready status", now),
			k.condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "", now),
			k.condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "", now),
			k.condition("PIDPressure", "False", "KubeletHasSufficientPID", "", now),
		},
		"nodeInfo": object{
			"kubeletVersion": tagOf(cfg.Machine().Kubelet().Image()), "bootID": view.BootID, "machineID": m.spec.ID, "systemUUID": m.spec.ID,
			"kernelVersion": "6.12.0-talos", "osImage": fmt.Sprintf("Talos (%s)", view.Talos), "containerRuntimeVersion": "containerd://2.1.0",
			"operatingSystem": "linux", "architecture": "amd64", "kubeProxyVersion": "",
		},
	}})
}

func (k *kubelet) condition(kind, status, reason, message, now string) object {
	return object{
		"type": kind, "status": status, "reason": reason, "message": message, "lastHeartbeatTime": now, "lastTransitionTime": now,
	}
}

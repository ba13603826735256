package node

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/resources/k8s"
)

// kubeNode is a node of Kubernetes, with the static pods of a control plane.
type kubeNode struct {
	name    string
	address string
	kubelet string
	ready   bool
	bootID  string
	// cordoned: no pods are to come.
	cordoned bool
	// pods: image by name of the component.
	pods map[string]string
}

func (m *Machine) joinKubernetes(cfg config.Provider, in *cluster) {
	view := m.View()
	node := &kubeNode{
		name: view.Hostname, bootID: view.BootID, kubelet: tagOf(cfg.Machine().Kubelet().Image()), ready: true,
		address: m.kubeAddress().String(),
	}

	node.pods = staticImages(cfg)
	m.publishStaticPods(node)

	in.mu.Lock()
	if before, ok := in.nodes[node.name]; ok {
		node.cordoned = before.cordoned
	}

	in.nodes[node.name] = node
	in.changed()
	in.mu.Unlock()
}

// staticImages are those of static pods, by the name of the component; nil on a worker.
func staticImages(cfg config.Provider) map[string]string {
	if !cfg.Machine().Type().IsControlPlane() {
		return nil
	}

	return map[string]string{
		"kube-apiserver":          cfg.Cluster().APIServer().Image(),
		"kube-controller-manager": cfg.K8sControllerManagerConfig().Image(),
		"kube-scheduler":          cfg.K8sSchedulerConfig().Image(),
	}
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

// leaveKubernetes marks the node as away. Its object stays: whoever takes it out of the cluster deletes that.
func (m *Machine) leaveKubernetes() {
	m.mu.Lock()
	cfg, name := m.config, m.hostname()
	m.mu.Unlock()

	if cfg == nil {
		return
	}

	in := m.world.cluster(cfg.Cluster().ID())

	in.mu.Lock()
	defer in.mu.Unlock()

	delete(in.apiServers, m)

	if node, ok := in.nodes[name]; ok {
		node.ready = false
		in.changed()
	}
}

func tagOf(image string) string {
	return image[strings.LastIndex(image, ":")+1:]
}

// kubeAddress is the internal address of the node.
func (m *Machine) kubeAddress() netip.Addr {
	for _, text := range m.spec.Addresses {
		if prefix, err := netip.ParsePrefix(text); err == nil {
			return prefix.Addr()
		}
	}

	return m.address
}

// publishStaticPods shows what kubelet runs by itself.
func (m *Machine) publishStaticPods(node *kubeNode) {
	m.mu.Lock()
	st := m.state
	m.mu.Unlock()

	var wanted []resource.Resource

	for app := range node.pods {
		pod := k8s.NewStaticPodStatus(k8s.NamespaceName, "kube-system/"+app+"-"+node.name)
		pod.TypedSpec().PodStatus = map[string]any{"phase": "Running", "conditions": []any{map[string]any{"type": "Ready", "status": "True"}}}
		wanted = append(wanted, pod)
	}

	for _, pod := range wanted {
		_ = st.Create(context.Background(), pod)
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
			"metadata": object{
				"name": name, "uid": "node-" + name, "resourceVersion": fmt.Sprint(c.version + 1), "labels": node.labels(),
			},
			"spec": object{"unschedulable": node.cordoned},
			"status": object{
				"nodeInfo": object{
					"kubeletVersion": node.kubelet, "bootID": node.bootID, "machineID": node.name, "systemUUID": node.name,
					"kernelVersion": "6.12.0-talos", "osImage": "Talos", "containerRuntimeVersion": "containerd://2.1.0",
					"operatingSystem": "linux", "architecture": "amd64", "kubeProxyVersion": "",
				},
				"conditions": condition(node.ready),
				"addresses": []object{
					{"type": "InternalIP", "address": node.address}, {"type": "Hostname", "address": node.name},
				},
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
					"annotations": object{"kubernetes.io/config.mirror": app + "-" + name, "kubernetes.io/config.source": "file"},
				},
				"spec": object{
					"nodeName": name, "containers": []object{{"name": app, "image": c.nodes[name].pods[app]}},
				},
				"status": object{"phase": "Running", "hostIP": c.nodes[name].address, "conditions": condition(c.nodes[name].ready)},
			})
		}
	}

	return objects
}

func (n *kubeNode) labels() object {
	labels := object{"kubernetes.io/hostname": n.name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
	if n.pods != nil {
		labels["node-role.kubernetes.io/control-plane"] = ""
	}

	return labels
}

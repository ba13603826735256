package node

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"time"
)

// pod is what the kubelet looks at.
type pod struct {
	Metadata struct {
		Name              string            `json:"name"`
		Namespace         string            `json:"namespace"`
		UID               string            `json:"uid"`
		DeletionTimestamp string            `json:"deletionTimestamp"`
		Annotations       map[string]string `json:"annotations"`
	} `json:"metadata"`
	Spec struct {
		Containers []struct {
			Name  string `json:"name"`
			Image string `json:"image"`
		} `json:"containers"`
	} `json:"spec"`
	Status struct {
		Phase      string `json:"phase"`
		Conditions []struct {
			Type   string `json:"type"`
			Status string `json:"status"`
		} `json:"conditions"`
	} `json:"status"`
}

// runs says whether the pod is ready. That of a node that was silent for a while was called not ready by others.
func (p *pod) runs() bool {
	for _, condition := range p.Status.Conditions {
		if condition.Type == "Ready" && condition.Status == "True" {
			return true
		}
	}

	return p.Status.Phase == "Succeeded" || p.Status.Phase == "Failed"
}

func (p *pod) path() string {
	return fmt.Sprintf("/api/v1/namespaces/%s/pods/%s", p.Metadata.Namespace, p.Metadata.Name)
}

const mirror = "kubernetes.io/config.mirror"

// playPods lets pods of the node run, ends those that are to go, and shows static ones.
func (k *kubelet) playPods(ctx context.Context) error {
	var list struct {
		Items []pod `json:"items"`
	}

	if err := k.api.get(ctx, "/api/v1/pods?fieldSelector=spec.nodeName%3D"+k.name, &list); err != nil {
		return err
	}

	var failures []error

	wanted := k.staticPods()

	for index := range list.Items {
		current := &list.Items[index]
		image, isStatic := wanted[current.Metadata.Name]
		isOld := isStatic && current.Metadata.Namespace == "kube-system" && current.Spec.Containers[0].Image != image

		switch {
		case current.Metadata.DeletionTimestamp != "", isOld, !isStatic && current.Metadata.Annotations[mirror] != "":
			failures = append(failures, ignoring(http.StatusNotFound, k.api.remove(ctx, current.path())))
		case !current.runs():
			failures = append(failures, k.begin(ctx, current))
		}

		if !isOld && current.Metadata.DeletionTimestamp == "" {
			delete(wanted, current.Metadata.Name)
		}
	}

	for name, image := range wanted {
		failures = append(failures, ignoring(http.StatusConflict, k.api.create(ctx, "/api/v1/namespaces/kube-system/pods", k.mirrorPod(name, image))))
	}

	return errors.Join(failures...)
}

func ignoring(code int, err error) error {
	if hasCode(err, code) {
		return nil
	}

	return err
}

// staticPods are images by the name of the pod.
func (k *kubelet) staticPods() map[string]string {
	pods := map[string]string{}
	for app, image := range staticImages(k.machine.configuration()) {
		pods[app+"-"+k.name] = image
	}

	return pods
}

// mirrorPod shows a static pod.
func (k *kubelet) mirrorPod(name, image string) object {
	app := name[:len(name)-len(k.name)-1]

	return object{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": object{
			"name": name, "namespace": "kube-system", "labels": object{"tier": "control-plane", "k8s-app": app, "component": app},
			"annotations": object{mirror: "static", "kubernetes.io/config.source": "file", "kubernetes.io/config.hash": "static"},
		},
		"spec": object{
			"nodeName": k.name, "hostNetwork": true,
			"containers":  []object{{"name": app, "image": image}},
			"tolerations": []object{{"operator": "Exists"}},
		},
	}
}

// begin lets all containers of a pod run.
func (k *kubelet) begin(ctx context.Context, p *pod) error {
	now := time.Now().UTC().Format(time.RFC3339)
	conditions := []object{}

	for _, kind := range []string{"PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready", "PodScheduled"} {
		conditions = append(conditions, object{"type": kind, "status": "True", "lastTransitionTime": now})
	}

	containers := []object{}
	for _, container := range p.Spec.Containers {
		containers = append(containers, object{
			"name": container.Name, "image": container.Image, "imageID": container.Image, "ready": true, "started": true, "restartCount": 0,
			"containerID": "containerd://" + p.Metadata.UID, "state": object{"running": object{"startedAt": now}},
		})
	}

	address := k.machine.kubeAddress().String()
	ip := address

	if p.Metadata.Annotations[mirror] == "" {
		sum := fnv.New32a()
		sum.Write([]byte(p.Metadata.UID)) //nolint:errcheck // it never fails
		ip = fmt.Sprintf("10.244.%d.%d", sum.Sum32()>>8&0xff, sum.Sum32()%254+1)
	}

	return ignoring(http.StatusNotFound, k.api.patch(ctx, p.path()+"/status", object{"status": object{
		"phase": "Running", "hostIP": address, "hostIPs": []object{{"ip": address}}, "podIP": ip, "podIPs": []object{{"ip": ip}},
		"startTime": now, "conditions": conditions, "containerStatuses": containers,
	}}))
}

package node

import (
	"bytes"
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/siderolabs/talos/pkg/machinery/config"
)

// leases are short, so that others take over before a test is tired of waiting.
var leases = []string{
	"--leader-elect-lease-duration", "6s", "--leader-elect-renew-deadline", "4s", "--leader-elect-retry-period", "1s",
}

const (
	controllerManagerPort = "10257"
	schedulerPort         = "10259"
	// silence is after how long a node that says nothing is no longer ready.
	silence = "8s"
)

// runKubernetes makes the machine a node of a real Kubernetes.
func (m *Machine) runKubernetes(ctx context.Context, cfg config.Provider, in *cluster) error {
	if cfg.Machine().Type().IsControlPlane() {
		if err := m.becomeRealControlPlane(ctx, cfg, in); err != nil {
			return err
		}
	}

	if err := m.startKubelet(ctx, cfg, in); err != nil {
		return err
	}

	m.publishStaticPods(&kubeNode{name: m.View().Hostname, pods: staticImages(cfg)})

	return nil
}

// becomeRealControlPlane runs what Talos runs on a control plane: etcd, and Kubernetes as static pods.
func (m *Machine) becomeRealControlPlane(ctx context.Context, cfg config.Provider, in *cluster) error {
	// What ran before the last reboot still has the ports.
	m.programs.Wait()

	id, err := m.startEtcd(ctx, cfg, in)
	if err != nil {
		return err
	}

	m.publishMember(id)

	pki, err := m.kubernetesPKI(cfg)
	if err != nil {
		return err
	}

	if err = m.keepRunning(ctx, "kube-apiserver", m.apiServerArgs(cfg, pki)...); err != nil {
		return err
	}

	own := netip.AddrPortFrom(m.address, m.spec.KubePort)

	api, err := m.kubernetesClient(cfg, in, func() []netip.AddrPort { return []netip.AddrPort{own} }, "system:admin", "system:masters")
	if err != nil {
		return err
	}

	if _, ok := waitFor(ctx, func() (struct{}, bool) { return struct{}{}, api.get(ctx, "/readyz", nil) == nil }); !ok {
		return errAway
	}

	in.mu.Lock()
	in.apiServers[m] = own
	in.mu.Unlock()

	return m.startControllers(ctx, cfg, pki)
}

// startControllers runs what acts on the objects. One of each leads.
func (m *Machine) startControllers(ctx context.Context, cfg config.Provider, pki kubernetesPKI) error {
	for _, name := range []string{"kube-controller-manager", "kube-scheduler"} {
		kubeconfig, err := m.saveKubeconfig(cfg, name)
		if err != nil {
			return err
		}

		args := append([]string{
			"--kubeconfig", kubeconfig, "--authentication-kubeconfig", kubeconfig, "--authorization-kubeconfig", kubeconfig,
			"--bind-address", m.address.String(), "--leader-elect=true",
		}, leases...)

		if name == "kube-scheduler" {
			args = append(args, "--secure-port", schedulerPort)
		} else {
			args = append(args, "--secure-port", controllerManagerPort, "--use-service-account-credentials",
				"--service-account-private-key-file", pki.serviceAccount, "--root-ca-file", pki.ca,
				"--cluster-signing-cert-file", pki.ca, "--cluster-signing-key-file", pki.caKey,
				"--node-monitor-period", "1s", "--node-monitor-grace-period", silence)
		}

		if err = m.keepRunning(ctx, name, args...); err != nil {
			return err
		}
	}

	return nil
}

// kubernetesPKI are files.
type kubernetesPKI struct {
	ca, caKey, clients, serviceAccount, etcdCA, aggregatorCA string
	serving, kubelet, etcd, aggregator                       pair
}

func (m *Machine) kubernetesPKI(cfg config.Provider) (kubernetesPKI, error) {
	cluster := cfg.Cluster()

	authority, err := parseIssuer(cluster.IssuingCA())
	if err != nil {
		return kubernetesPKI{}, err
	}

	etcd, err := parseIssuer(cluster.Etcd().CA())
	if err != nil {
		return kubernetesPKI{}, err
	}

	aggregator, err := parseIssuer(cluster.AggregatorCA())
	if err != nil {
		return kubernetesPKI{}, err
	}

	clients := bytes.Clone(cluster.IssuingCA().Crt)
	for _, accepted := range cluster.AcceptedCAs() {
		clients = append(clients, accepted.Crt...)
	}

	var (
		pki      kubernetesPKI
		failures []error
	)

	keep := func(to *string, name string, data []byte) {
		file, failure := m.save(name, data)
		*to, failures = file, append(failures, failure)
	}
	sign := func(to *pair, by issuer, name string, template *x509.Certificate) {
		made, failure := m.saveCertificate(by, name, template)
		*to, failures = made, append(failures, failure)
	}

	keep(&pki.ca, "ca.crt", cluster.IssuingCA().Crt)
	keep(&pki.caKey, "ca.key", cluster.IssuingCA().Key)
	keep(&pki.clients, "clients.crt", clients)
	keep(&pki.serviceAccount, "service-account.key", cluster.ServiceAccount().Key)
	keep(&pki.aggregatorCA, "aggregator-ca.crt", cluster.AggregatorCA().Crt)
	keep(&pki.etcdCA, "etcd-ca.crt", cluster.Etcd().CA().Crt)

	ips, names := splitNames(append([]string{
		"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", cfg.Cluster().Endpoint().Hostname(),
	}, cluster.CertSANs()...))
	sign(&pki.serving, authority, "kube-apiserver", &x509.Certificate{
		Subject: pkix.Name{CommonName: "kube-apiserver"}, DNSNames: names, IPAddresses: append(m.ips(), ips...),
	})
	sign(&pki.kubelet, authority, "apiserver-kubelet-client", &x509.Certificate{
		Subject: pkix.Name{CommonName: "apiserver-kubelet-client", Organization: []string{"system:masters"}},
	})
	sign(&pki.aggregator, aggregator, "front-proxy-client", &x509.Certificate{Subject: pkix.Name{CommonName: "front-proxy-client"}})
	sign(&pki.etcd, etcd, "apiserver-etcd-client", &x509.Certificate{Subject: pkix.Name{CommonName: "kube-apiserver"}})

	return pki, errors.Join(failures...)
}

func (m *Machine) apiServerArgs(cfg config.Provider, pki kubernetesPKI) []string {
	return []string{
		"--bind-address", m.address.String(), "--secure-port", fmt.Sprint(m.spec.KubePort),
		"--tls-cert-file", pki.serving.crt, "--tls-private-key-file", pki.serving.key, "--client-ca-file", pki.clients,
		"--etcd-servers", m.clientURL(), "--etcd-cafile", pki.etcdCA, "--etcd-certfile", pki.etcd.crt, "--etcd-keyfile", pki.etcd.key,
		"--service-account-key-file", pki.serviceAccount, "--service-account-signing-key-file", pki.serviceAccount,
		"--service-account-issuer", cfg.Cluster().Endpoint().String(),
		"--service-cluster-ip-range", strings.Join(cfg.Cluster().Network().ServiceCIDRs(), ","),
		"--kubelet-client-certificate", pki.kubelet.crt, "--kubelet-client-key", pki.kubelet.key,
		"--requestheader-client-ca-file", pki.aggregatorCA, "--requestheader-allowed-names", "front-proxy-client",
		"--requestheader-username-headers", "X-Remote-User", "--requestheader-group-headers", "X-Remote-Group",
		"--requestheader-extra-headers-prefix", "X-Remote-Extra-",
		"--proxy-client-cert-file", pki.aggregator.crt, "--proxy-client-key-file", pki.aggregator.key,
		"--authorization-mode", "Node,RBAC", "--allow-privileged", "--profiling=false",
		// It would be that of the computer, which is the same for all.
		"--feature-gates", "APIServerIdentity=false",
		// No endpoint can be a loopback address: the service `kubernetes` has none.
		"--endpoint-reconciler-type", "none", "--advertise-address", "192.0.2.1",
	}
}

// saveKubeconfig lets a program of the control plane talk to its own API server.
func (m *Machine) saveKubeconfig(cfg config.Provider, name string) (string, error) {
	authority, err := parseIssuer(cfg.Cluster().IssuingCA())
	if err != nil {
		return "", err
	}

	own, err := m.saveCertificate(authority, name, &x509.Certificate{Subject: pkix.Name{CommonName: "system:" + name}})
	if err != nil {
		return "", err
	}

	return m.save(name+".kubeconfig", fmt.Appendf(nil, `apiVersion: v1
kind: Config
clusters: [{name: own, cluster: {certificate-authority-data: %s, server: "https://%s:%d"}}]
contexts: [{name: own, context: {cluster: own, user: own}}]
current-context: own
users: [{name: own, user: {client-certificate: %s, client-key: %s}}]
`, base64.StdEncoding.EncodeToString(cfg.Cluster().IssuingCA().Crt), m.address, m.spec.KubePort, own.crt, own.key))
}

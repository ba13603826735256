package node

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/config"
	"go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

const (
	backdated = time.Minute
	valid     = 24 * time.Hour
	// etcdPatience is how long one request may take, and etcdStart how long a member may need.
	etcdPatience = 5 * time.Second
	etcdStart    = 90 * time.Second
)

func (m *Machine) peerURL() string   { return fmt.Sprintf("https://%s:2380", m.address) }
func (m *Machine) clientURL() string { return fmt.Sprintf("https://%s:2379", m.address) }

// snapshotFile is where an uploaded snapshot lies.
func (m *Machine) snapshotFile() string { return m.disk("recover.snapshot") }

// startEtcd runs a member of etcd: with the data that it has, as the first one, or added to the others. The answer is its id.
func (m *Machine) startEtcd(ctx context.Context, cfg config.Provider, in *cluster) (uint64, error) {
	if !m.awaitOthers(ctx, in) {
		return 0, errAway
	}

	// Only one at a time may be without a vote.
	in.joining.Lock()
	defer in.joining.Unlock()

	data := m.disk("etcd")
	initial, state := m.initialSelf(), "new"

	if !m.keepsData() {
		if err := errors.Join(os.RemoveAll(data), os.MkdirAll(m.disk(), 0o700)); err != nil {
			return 0, fmt.Errorf("data of etcd: %w", err)
		}

		var err error
		if initial, state, err = m.beginOrJoin(ctx, in, data); err != nil {
			return 0, err
		}
	}

	args, err := m.etcdArgs(cfg)
	if err != nil {
		return 0, err
	}

	ended, err := m.runProgram(ctx, "etcd", append(args, "--data-dir", data, "--initial-cluster", initial, "--initial-cluster-state", state)...)
	if err != nil {
		return 0, err
	}

	id, err := m.awaitMember(ctx, ended)
	if err != nil {
		return 0, err
	}

	m.mu.Lock()
	m.hasData = true
	m.mu.Unlock()

	in.mu.Lock()
	maps.DeleteFunc(in.members, func(_ uint64, member *Machine) bool { return member == m })
	in.members[id] = m

	// Should it lose its data later, it joins those that have theirs.
	if in.first == m {
		in.first = nil
	}

	in.changed()
	in.mu.Unlock()

	return id, nil
}

// awaitOthers returns when there is somebody to join, for one that has neither data nor is to begin.
func (m *Machine) awaitOthers(ctx context.Context, in *cluster) bool {
	_, ok := waitFor(ctx, func() (struct{}, bool) {
		in.mu.Lock()
		isFirst := in.first == m
		in.mu.Unlock()

		return struct{}{}, isFirst || m.keepsData() || len(in.etcdMachines()) > 0
	})

	return ok
}

func (m *Machine) initialSelf() string { return m.View().Hostname + "=" + m.peerURL() }

// beginOrJoin prepares the first start of a member: what `initial-cluster` and its state are to be.
func (m *Machine) beginOrJoin(ctx context.Context, in *cluster, data string) (string, string, error) {
	in.mu.Lock()
	isFirst := in.first == m
	in.mu.Unlock()

	if !isFirst {
		initial, err := m.addMember(ctx, in)

		return initial, "existing", err
	}

	if !m.recovers() {
		return m.initialSelf(), "new", nil
	}

	restore := exec.CommandContext(ctx, filepath.Join(m.world.Programs.Folder, "etcdutl"), "snapshot", "restore", m.snapshotFile(),
		"--data-dir", data, "--name", m.View().Hostname, "--initial-cluster", m.initialSelf(),
		"--initial-advertise-peer-urls", m.peerURL())
	if output, err := restore.CombinedOutput(); err != nil {
		return "", "", fmt.Errorf("snapshot: %w: %s", err, output)
	}

	return m.initialSelf(), "new", nil
}

// addMember tells the others of this one, and returns all of them. One that was there before and has lost its data comes back as another.
func (m *Machine) addMember(ctx context.Context, in *cluster) (string, error) {
	for end := time.Now().Add(etcdStart); ; time.Sleep(200 * time.Millisecond) {
		initial, err := m.tryToJoin(ctx, in.etcdMachines())
		if err == nil || ctx.Err() != nil || time.Now().After(end) {
			return initial, err
		}
	}
}

func (m *Machine) tryToJoin(ctx context.Context, others []*Machine) (string, error) {
	client, err := m.etcdClient(others)
	if err != nil {
		return "", err
	}
	defer client.Close() //nolint:errcheck // nothing is lost

	ctx, cancel := context.WithTimeout(ctx, etcdPatience)
	defer cancel()

	known, err := client.MemberList(ctx)
	if err != nil {
		return "", fmt.Errorf("members of etcd: %w", err)
	}

	for _, member := range known.Members {
		if slices.Contains(member.PeerURLs, m.peerURL()) {
			if _, err = client.MemberRemove(ctx, member.ID); err != nil {
				return "", fmt.Errorf("removing a member of etcd: %w", err)
			}
		}
	}

	added, err := client.MemberAddAsLearner(ctx, []string{m.peerURL()})
	if err != nil {
		return "", fmt.Errorf("adding a member to etcd: %w", err)
	}

	initial := []string{m.initialSelf()}

	for _, member := range added.Members {
		if member.ID != added.Member.ID {
			for _, url := range member.PeerURLs {
				initial = append(initial, member.Name+"="+url)
			}
		}
	}

	return strings.Join(initial, ","), nil
}

// awaitMember waits until the member answers and has a vote.
func (m *Machine) awaitMember(ctx context.Context, ended <-chan struct{}) (uint64, error) {
	failure := errors.New("etcd has ended")

	for end := time.Now().Add(etcdStart); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		select {
		case <-ended:
			return 0, failure
		default:
		}

		var id uint64
		if id, failure = m.becomeVoter(ctx); failure == nil {
			return id, nil
		}
	}

	return 0, failure
}

func (m *Machine) becomeVoter(ctx context.Context) (uint64, error) {
	client, err := m.etcdClient([]*Machine{m})
	if err != nil {
		return 0, err
	}
	defer client.Close() //nolint:errcheck // nothing is lost

	ctx, cancel := context.WithTimeout(ctx, etcdPatience)
	defer cancel()

	answer, err := client.Status(ctx, m.clientURL())
	if err != nil {
		return 0, fmt.Errorf("etcd: %w", err)
	}

	if !answer.IsLearner {
		return answer.Header.MemberId, nil
	}

	// A learner passes no requests on: those who vote are asked.
	voters, err := m.etcdClient(m.world.cluster(m.configuration().Cluster().ID()).etcdMachines())
	if err != nil {
		return 0, err
	}
	defer voters.Close() //nolint:errcheck // nothing is lost

	if _, err = voters.MemberPromote(ctx, answer.Header.MemberId); err != nil {
		return 0, fmt.Errorf("etcd: %w", err)
	}

	return answer.Header.MemberId, nil
}

// etcdMachines are those whose member runs.
func (c *cluster) etcdMachines() []*Machine {
	c.mu.Lock()
	defer c.mu.Unlock()

	var running []*Machine

	for _, id := range slices.Sorted(maps.Keys(c.members)) {
		if member := c.members[id]; member.runsEtcd() {
			running = append(running, member)
		}
	}

	return running
}

// etcdClient asks these members, with a certificate of this machine.
func (m *Machine) etcdClient(members []*Machine) (*clientv3.Client, error) {
	pem := m.configuration().Cluster().Etcd().CA()

	authority, err := parseIssuer(pem)
	if err != nil {
		return nil, err
	}

	certificate, err := m.clientCertificate(authority, &x509.Certificate{Subject: pkix.Name{CommonName: "talos"}})
	if err != nil {
		return nil, err
	}

	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(pem.Crt)

	endpoints := make([]string, 0, len(members))
	for _, member := range members {
		endpoints = append(endpoints, member.clientURL())
	}

	client, err := clientv3.New(clientv3.Config{
		Endpoints: endpoints, DialTimeout: etcdPatience, Logger: zap.NewNop(),
		TLS: &tls.Config{Certificates: []tls.Certificate{certificate}, RootCAs: trusted, MinVersion: tls.VersionTLS12},
	})
	if err != nil {
		return nil, fmt.Errorf("etcd: %w", err)
	}

	return client, nil
}

// etcdArgs are those that do not depend on the other members.
func (m *Machine) etcdArgs(cfg config.Provider) ([]string, error) {
	pem := cfg.Cluster().Etcd().CA()

	authority, err := parseIssuer(pem)
	if err != nil {
		return nil, err
	}

	ca, err := m.save("etcd-ca.crt", bytes.Clone(pem.Crt))
	if err != nil {
		return nil, err
	}

	name := m.View().Hostname

	own, err := m.saveCertificate(authority, "etcd", &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IPAddresses: m.ips(), DNSNames: []string{name, "localhost"},
	})
	if err != nil {
		return nil, err
	}

	return []string{
		"--name", name, "--listen-peer-urls", m.peerURL(), "--initial-advertise-peer-urls", m.peerURL(),
		"--listen-client-urls", m.clientURL(), "--advertise-client-urls", m.clientURL(),
		"--client-cert-auth", "--trusted-ca-file", ca, "--cert-file", own.crt, "--key-file", own.key,
		"--peer-client-cert-auth", "--peer-trusted-ca-file", ca, "--peer-cert-file", own.crt, "--peer-key-file", own.key,
		// On a busy computer an election must not begin because a heartbeat comes late, and nothing here outlives it.
		"--heartbeat-interval", "250", "--election-timeout", "2500", "--unsafe-no-fsync", "--log-level", "warn",
	}, nil
}

// isMember says whether etcd knows the machine by its address.
func (m *Machine) isMember(member *etcdserverpb.Member) bool {
	return slices.Contains(member.PeerURLs, m.peerURL())
}

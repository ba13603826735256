package node

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// Programs are those that run below machines: with them the clusters of a World have a real etcd and a real Kubernetes API.
type Programs struct {
	// Folder has etcd, etcdutl, kube-apiserver, kube-controller-manager and kube-scheduler.
	Folder string
	// Data is where they keep what they have, and write what they say.
	Data string

	running sync.WaitGroup
}

// Wait returns when all have ended; they end with their machines.
func (p *Programs) Wait() { p.running.Wait() }

// isReal says whether real programs run below the machine.
func (m *Machine) isReal() bool { return m.world.Programs != nil }

// disk is the path of a file of the machine, below its own folder.
func (m *Machine) disk(parts ...string) string {
	return filepath.Join(append([]string{m.world.Programs.Data, m.spec.ID}, parts...)...)
}

// runProgram starts a program, which ends with the context; the channel is closed when it has.
func (m *Machine) runProgram(ctx context.Context, name string, args ...string) (<-chan struct{}, error) {
	log, err := os.OpenFile(m.disk(name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("log of %s: %w", name, err)
	}

	command := exec.CommandContext(ctx, filepath.Join(m.world.Programs.Folder, name), args...)
	command.Stdout, command.Stderr, command.Dir, command.Env = log, log, m.disk(), []string{}
	endWithParent(command)

	if err = command.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), log.Close())
	}

	ended := make(chan struct{})

	m.world.Programs.running.Add(1)
	m.programs.Add(1)

	go func() {
		defer m.world.Programs.running.Done()
		defer m.programs.Done()
		defer close(ended)

		failure := command.Wait()
		log.Close() //nolint:errcheck,gosec // nothing is written any more

		if ctx.Err() == nil {
			m.note("service[%s](Failed): %v", name, failure)
		}
	}()

	return ended, nil
}

// keepRunning starts a program, and again when it ends, as kubelet does with static pods.
func (m *Machine) keepRunning(ctx context.Context, name string, args ...string) error {
	ended, err := m.runProgram(ctx, name, args...)
	if err != nil {
		return err
	}

	go func() {
		for {
			<-ended

			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Second):
			}

			if ended, err = m.runProgram(ctx, name, args...); err != nil {
				fmt.Println(m.spec.ID, err)

				return
			}
		}
	}()

	return nil
}

// pair is a certificate of a program and its key, as files.
type pair struct{ crt, key string }

// saveCertificate makes a certificate and writes it beside its key.
func (m *Machine) saveCertificate(authority issuer, name string, template *x509.Certificate) (pair, error) {
	made, err := m.clientCertificate(authority, template)
	if err != nil {
		return pair{}, err
	}

	key, err := x509.MarshalPKCS8PrivateKey(made.PrivateKey)
	if err != nil {
		return pair{}, fmt.Errorf("key of %s: %w", name, err)
	}

	crt, err := m.save(name+".crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made.Certificate[0]}))
	if err != nil {
		return pair{}, err
	}

	file, err := m.save(name+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))

	return pair{crt: crt, key: file}, err
}

// clientCertificate is for the machine itself, as a client or a server, unless the template says otherwise.
func (m *Machine) clientCertificate(authority issuer, template *x509.Certificate) (tls.Certificate, error) {
	template.NotBefore, template.NotAfter = m.now().Add(-backdated), m.now().Add(valid)
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}

	return newCertificate(&authority, template)
}

// save writes a file that only this user may read, and returns its path.
func (m *Machine) save(name string, data []byte) (string, error) {
	file := m.disk("pki", name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", fmt.Errorf("folder: %w", err)
	}

	if err := os.WriteFile(file, data, 0o600); err != nil {
		return "", fmt.Errorf("write: %w", err)
	}

	return file, nil
}

package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/ProtonMail/gopenpgp/v3/crypto"
)

const (
	apiAddress     = "127.0.0.1:8443"
	machineAddress = "127.0.0.1:8090"
	stateAddress   = "127.0.0.1:8081"
	wireguard      = "127.0.0.1:50180"
	eventSinkPort  = "8091"
)

type omniProcess struct {
	command *exec.Cmd
	ended   chan struct{}
}

// startOmni starts the server on an empty folder, and waits until it answers.
func startOmni(ctx context.Context, program, folder, factory string, eula bool) (*omniProcess, error) {
	if err := writeCertificate(folder); err != nil {
		return nil, err
	}

	if err := writeStorageKey(folder); err != nil {
		return nil, err
	}

	for _, name := range []string{"omnictl", "etcd"} {
		if err := os.Mkdir(filepath.Join(folder, name), 0o700); err != nil {
			return nil, fmt.Errorf("folder: %w", err)
		}
	}

	// What no flag sets: how soon the load balancer sees that a Kubernetes API is there, and that there is no discovery service.
	settings := "services:\n  loadBalancer:\n    healthCheckInterval: 1s\n  embeddedDiscoveryService:\n    enabled: false\n"
	if err := os.WriteFile(filepath.Join(folder, "settings.yaml"), []byte(settings), 0o600); err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}

	log, err := os.Create(filepath.Join(folder, "omni.log"))
	if err != nil {
		return nil, fmt.Errorf("log: %w", err)
	}

	command := exec.Command(program, arguments(factory, eula)...)
	command.Dir, command.Stdout, command.Stderr = folder, log, log
	// Ends with this process, however that ends.
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}

	if err = command.Start(); err != nil {
		return nil, fmt.Errorf("start of omni: %w", err)
	}

	process := &omniProcess{command: command, ended: make(chan struct{})}

	go func() {
		command.Wait() //nolint:errcheck // told by the channel
		close(process.ended)
	}()

	return process, process.wait(ctx, folder)
}

func arguments(factory string, eula bool) []string {
	args := []string{
		"--config-path=settings.yaml", "--account-id=11111111-1111-4111-8111-111111111111", "--name=bench",
		"--cert=tls.crt", "--key=tls.key", "--machine-api-cert=tls.crt", "--machine-api-key=tls.key",
		"--bind-addr=" + apiAddress, "--advertised-api-url=https://" + apiAddress + "/",
		"--machine-api-bind-addr=" + machineAddress, "--machine-api-advertised-url=https://" + machineAddress + "/",
		"--k8s-proxy-bind-addr=127.0.0.1:8095", "--advertised-kubernetes-proxy-url=https://127.0.0.1:8095/",
		"--siderolink-wireguard-bind-addr=" + wireguard, "--siderolink-wireguard-advertised-addr=" + wireguard,
		"--event-sink-port=" + eventSinkPort, "--metrics-bind-addr=127.0.0.1:2122",
		"--private-key-source=file://omni.asc", "--etcd-embedded-db-path=etcd", "--etcd-embedded-unsafe-fsync",
		"--sqlite-storage-path=omni.db", "--etcd-backup-local-path=backups",
		"--auth-auth0-enabled", "--auth-auth0-domain=bench.invalid", "--auth-auth0-client-id=bench",
		"--create-initial-service-account", "--initial-service-account-key-path=admin.key",
		"--initial-service-account-role=Admin", "--initial-service-account-lifetime=24h",
		"--image-factory-address=http://" + factory, "--kubernetes-registry=" + factory + "/kubelet",
		"--workload-proxying-enabled=false", "--log-level=info",
	}
	if eula {
		args = append(args, "--eula-accept-name=Test", "--eula-accept-email=test@example.com")
	}

	return args
}

// wait until the API listens and the key is written.
func (p *omniProcess) wait(ctx context.Context, folder string) error {
	deadline := time.Now().Add(2 * time.Minute)

	for time.Now().Before(deadline) {
		select {
		case <-p.ended:
			return fmt.Errorf("omni did not start; see %s", filepath.Join(folder, "omni.log"))
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}

		if _, err := os.Stat(filepath.Join(folder, "admin.key")); err != nil {
			continue
		}

		conn, err := tls.Dial("tcp", apiAddress, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // only whether it listens
		if err == nil {
			conn.Close() //nolint:errcheck

			return nil
		}
	}

	return fmt.Errorf("omni does not listen on %s", apiAddress)
}

func (p *omniProcess) end() error {
	p.command.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may have ended

	select {
	case <-p.ended:
	case <-time.After(2 * time.Second):
		p.command.Process.Kill() //nolint:errcheck
		<-p.ended
	}

	return nil
}

// writeCertificate makes an authority and a certificate for all of Omni.
func writeCertificate(folder string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("key: %w", err)
	}

	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "Omni of the tests"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}

	signed, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}

	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("key: %w", err)
	}

	if err = writePEM(filepath.Join(folder, "tls.crt"), "CERTIFICATE", signed); err != nil {
		return err
	}

	return writePEM(filepath.Join(folder, "tls.key"), "PRIVATE KEY", raw)
}

func writePEM(file, kind string, data []byte) error {
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}), 0o600); err != nil {
		return fmt.Errorf("write: %w", err)
	}

	return nil
}

// writeStorageKey makes the key with which Omni encrypts what it stores.
func writeStorageKey(folder string) error {
	key, err := crypto.PGP().KeyGeneration().AddUserId("Omni", "omni@example.com").New().GenerateKey()
	if err != nil {
		return fmt.Errorf("storage key: %w", err)
	}

	armored, err := key.Armor()
	if err != nil {
		return fmt.Errorf("storage key: %w", err)
	}

	if err = os.WriteFile(filepath.Join(folder, "omni.asc"), []byte(armored), 0o600); err != nil {
		return fmt.Errorf("storage key: %w", err)
	}

	return nil
}

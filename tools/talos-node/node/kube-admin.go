package node

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	stdx509 "crypto/x509"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/siderolabs/crypto/x509"
	"github.com/siderolabs/talos/pkg/machinery/api/common"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Kubeconfig is that of an administrator, as an archive of one file.
func (s *service) Kubeconfig(_ *emptypb.Empty, out grpc.ServerStreamingServer[common.Data]) error {
	m := machineOf(out.Context())

	if _, err := m.controlPlane("kubeconfig"); err != nil {
		return err
	}

	text, err := kubeconfig(m.configuration(), m.now())
	if err != nil {
		return err
	}

	var archive bytes.Buffer

	packed := gzip.NewWriter(&archive)
	files := tar.NewWriter(packed)

	if err = files.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Name: "kubeconfig", Size: int64(len(text)), ModTime: m.now(), Mode: 0o600,
	}); err != nil {
		return fmt.Errorf("kubeconfig: %w", err)
	}

	if _, err = files.Write(text); err != nil {
		return fmt.Errorf("kubeconfig: %w", err)
	}

	if err = packed.Close(); err != nil {
		return fmt.Errorf("kubeconfig: %w", err)
	}

	return out.Send(&common.Data{Bytes: archive.Bytes()}) //nolint:wrapcheck // as the API sends it
}

var _ machineapi.MachineServiceServer = (*service)(nil)

func kubeconfig(cfg config.Provider, now time.Time) ([]byte, error) {
	cluster := cfg.Cluster()
	admin := cluster.AdminKubeconfig()

	authority, err := x509.NewCertificateAuthorityFromCertificateAndKey(cluster.IssuingCA())
	if err != nil {
		return nil, fmt.Errorf("error getting Kubernetes CA: %w", err)
	}

	pair, err := x509.NewKeyPair(authority,
		x509.CommonName(admin.CommonName()), x509.Organization(admin.CertOrganization()),
		x509.NotBefore(now.Add(-10*time.Second)), x509.NotAfter(now.Add(admin.CertLifetime())),
		x509.KeyUsage(stdx509.KeyUsageDigitalSignature|stdx509.KeyUsageKeyEncipherment),
		x509.ExtKeyUsage([]stdx509.ExtKeyUsage{stdx509.ExtKeyUsageClientAuth}),
	)
	if err != nil {
		return nil, fmt.Errorf("error generating Kubernetes client certificate: %w", err)
	}

	trusted := bytes.Clone(cluster.IssuingCA().Crt)
	for _, accepted := range cluster.AcceptedCAs() {
		trusted = append(trusted, accepted.Crt...)
	}

	signed := x509.NewCertificateAndKeyFromKeyPair(pair)
	encode := base64.StdEncoding.EncodeToString

	return fmt.Appendf(nil, `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: %[2]s
    server: %[3]s
  name: %[1]s
contexts:
- context:
    cluster: %[1]s
    namespace: default
    user: admin@%[1]s
  name: admin@%[1]s
current-context: admin@%[1]s
kind: Config
preferences: {}
users:
- name: admin@%[1]s
  user:
    client-certificate-data: %[4]s
    client-key-data: %[5]s
`, cluster.Name(), encode(trusted), cluster.Endpoint(), encode(signed.Crt), encode(signed.Key)), nil
}

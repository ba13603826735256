package node

import (
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
	"time"

	talosx509 "github.com/siderolabs/crypto/x509"
)

// issuer is a certificate authority; without a key it only says whom to trust.
type issuer struct {
	certificate *x509.Certificate
	key         any
}

// parseIssuer reads the authority of a machine configuration. Those of workers have no key.
func parseIssuer(pair *talosx509.PEMEncodedCertificateAndKey) (issuer, error) {
	block, _ := pem.Decode(pair.Crt)
	if block == nil {
		return issuer{}, fmt.Errorf("the certificate authority is not PEM")
	}

	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return issuer{}, fmt.Errorf("certificate authority: %w", err)
	}

	if len(pair.Key) == 0 {
		return issuer{certificate: certificate}, nil
	}

	key, err := pair.GetKey()
	if err != nil {
		return issuer{}, fmt.Errorf("key of the certificate authority: %w", err)
	}

	return issuer{certificate: certificate, key: key}, nil
}

// serverCertificate is signed by the authority; without one, by itself.
func (m *Machine) serverCertificate(authority *issuer, name string, names []string) (tls.Certificate, error) {
	ips, names := splitNames(append([]string{name}, names...))

	return newCertificate(authority, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IPAddresses: append(m.ips(), ips...), DNSNames: names,
		NotBefore: m.now().Add(-time.Minute), NotAfter: m.now().Add(24 * time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
}

// splitNames tells addresses from names.
func splitNames(all []string) (ips []net.IP, names []string) {
	for _, name := range all {
		if ip := net.ParseIP(name); ip != nil {
			ips = append(ips, ip)
		} else {
			names = append(names, name)
		}
	}

	return ips, names
}

// newCertificate makes a key, and signs what the template says of it.
func newCertificate(authority *issuer, template *x509.Certificate) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("key: %w", err)
	}

	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("serial number: %w", err)
	}

	template.SerialNumber, template.KeyUsage = serial, x509.KeyUsageDigitalSignature

	parent, signer := template, any(key)
	if authority != nil {
		parent, signer = authority.certificate, authority.key
	}

	signed, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certificate: %w", err)
	}

	return tls.Certificate{Certificate: [][]byte{signed}, PrivateKey: key}, nil
}

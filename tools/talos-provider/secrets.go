package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/siderolabs/crypto/x509"
	clientconfig "github.com/siderolabs/talos/pkg/machinery/client/config"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	"github.com/siderolabs/talos/pkg/machinery/role"
	"go.yaml.in/yaml/v4"
)

// year is how long the real provider makes certificates of clients for.
const year = 365 * 24 * time.Hour

func attributePath(name string) *tftypes.AttributePath {
	return tftypes.NewAttributePath().WithAttributeName(name)
}

func planSecrets(_ context.Context, prior, _, planned object) ([]string, error) {
	if planned["talos_version"] == nil {
		planned["talos_version"] = "v1.13"
	}

	if prior == nil {
		for _, name := range []string{"id", "machine_secrets", "client_configuration"} {
			planned[name] = unknown{}
		}
	}

	return nil, nil
}

// secretsReplaced: an older contract makes other secrets.
func secretsReplaced(prior, planned object) []string {
	before, errBefore := contractOf(prior.text("talos_version"))
	after, errAfter := contractOf(planned.text("talos_version"))

	if errBefore == nil && errAfter == nil && before.Greater(after) {
		return []string{"talos_version"}
	}

	return nil
}

func contractOf(version string) (*config.VersionContract, error) {
	return config.ParseContractFromVersion("v" + strings.TrimPrefix(version, "v"))
}

func applySecrets(_ context.Context, _ *server, prior, planned object) error {
	if prior != nil {
		return nil
	}

	contract, err := contractOf(planned.text("talos_version"))
	if err != nil {
		return err
	}

	bundle, err := secrets.NewBundle(secrets.NewClock(), contract)
	if err != nil {
		return err
	}

	return setSecrets(planned, bundle)
}

func importSecrets(file string) (object, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}

	bundle := &secrets.Bundle{}
	if err = yaml.Unmarshal(text, bundle); err != nil {
		return nil, fmt.Errorf("%s is no bundle of secrets: %w", file, err)
	}

	bundle.Clock = secrets.NewClock()
	found := object{"talos_version": "v1.3"}

	return found, setSecrets(found, bundle)
}

func setSecrets(of object, bundle *secrets.Bundle) error {
	admin, err := bundle.GenerateTalosAPIClientCertificateWithTTL(role.MakeSet(role.Admin), year)
	if err != nil {
		return err
	}

	of["id"] = "machine_secrets"
	of["client_configuration"] = object{
		"ca_certificate":     packed(bundle.Certs.OS.Crt),
		"client_certificate": packed(admin.Crt),
		"client_key":         packed(admin.Key),
	}
	pair := func(of *x509.PEMEncodedCertificateAndKey) object {
		return object{"cert": packed(of.Crt), "key": packed(of.Key)}
	}
	all := object{
		"bootstrap_token":             bundle.Secrets.BootstrapToken,
		"secretbox_encryption_secret": bundle.Secrets.SecretboxEncryptionSecret,
	}

	if old := bundle.Secrets.AESCBCEncryptionSecret; old != "" {
		all["aescbc_encryption_secret"] = old
	}

	of["machine_secrets"] = object{
		"cluster":    object{"id": bundle.Cluster.ID, "secret": bundle.Cluster.Secret},
		"secrets":    all,
		"trustdinfo": object{"token": bundle.TrustdInfo.Token},
		"certs": object{
			"etcd":               pair(bundle.Certs.Etcd),
			"k8s":                pair(bundle.Certs.K8s),
			"k8s_aggregator":     pair(bundle.Certs.K8sAggregator),
			"k8s_serviceaccount": object{"key": packed(bundle.Certs.K8sServiceAccount.Key)},
			"os":                 pair(bundle.Certs.OS),
		},
	}

	return nil
}

// bundleOf is the way back.
func bundleOf(of object) *secrets.Bundle {
	certs := of.in("certs")
	pair := func(name string) *x509.PEMEncodedCertificateAndKey {
		return &x509.PEMEncodedCertificateAndKey{
			Crt: unpacked(certs.in(name).text("cert")), Key: unpacked(certs.in(name).text("key")),
		}
	}

	return &secrets.Bundle{
		Clock:   secrets.NewClock(),
		Cluster: &secrets.Cluster{ID: of.in("cluster").text("id"), Secret: of.in("cluster").text("secret")},
		Secrets: &secrets.Secrets{
			BootstrapToken:            of.in("secrets").text("bootstrap_token"),
			SecretboxEncryptionSecret: of.in("secrets").text("secretbox_encryption_secret"),
			AESCBCEncryptionSecret:    of.in("secrets").text("aescbc_encryption_secret"),
		},
		TrustdInfo: &secrets.TrustdInfo{Token: of.in("trustdinfo").text("token")},
		Certs: &secrets.Certs{
			Etcd: pair("etcd"), K8s: pair("k8s"), K8sAggregator: pair("k8s_aggregator"), OS: pair("os"),
			K8sServiceAccount: &x509.PEMEncodedKey{Key: unpacked(certs.in("k8s_serviceaccount").text("key"))},
		},
	}
}

// talosconfig is for one cluster and no nodes.
func talosconfig(name string, client object) *clientconfig.Config {
	return clientconfig.NewConfig(name, nil, unpacked(client.text("ca_certificate")), &x509.PEMEncodedCertificateAndKey{
		Crt: unpacked(client.text("client_certificate")), Key: unpacked(client.text("client_key")),
	})
}

func readClientConfiguration(of object) error {
	name := of.text("cluster_name")
	made := talosconfig(name, of.in("client_configuration"))
	made.Contexts[name].Endpoints = of.texts("endpoints")
	made.Contexts[name].Nodes = of.texts("nodes")

	text, err := made.Bytes()
	if err != nil {
		return err
	}

	of["id"] = name
	of["talos_config"] = string(text)

	return nil
}

func packed(text []byte) string { return base64.StdEncoding.EncodeToString(text) }

// unpacked is empty for what is no base64: then a certificate is missing, which is told.
func unpacked(text string) []byte {
	found, _ := base64.StdEncoding.DecodeString(text) //nolint:errcheck

	return found
}

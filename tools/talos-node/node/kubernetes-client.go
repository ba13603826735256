package node

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/config"
)

// kubernetesClient asks the first API server that answers.
type kubernetesClient struct {
	http *http.Client
}

// kubernetesClient has a certificate of that user, and asks one of these servers.
func (m *Machine) kubernetesClient(
	cfg config.Provider, in *cluster, servers func() []netip.AddrPort, user string, groups ...string,
) (*kubernetesClient, error) {
	in.mu.Lock()
	authority := in.kubernetesIssuer
	in.mu.Unlock()

	certificate, err := m.clientCertificate(authority, &x509.Certificate{Subject: pkix.Name{CommonName: user, Organization: groups}})
	if err != nil {
		return nil, err
	}

	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(cfg.Cluster().IssuingCA().Crt)

	return &kubernetesClient{http: &http.Client{
		Timeout: 10 * time.Second,
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dialFirst(ctx, servers()) },
			TLSClientConfig: &tls.Config{
				Certificates: []tls.Certificate{certificate}, RootCAs: trusted, ServerName: "kubernetes", MinVersion: tls.VersionTLS12,
			},
			// A server that is gone is not to be asked again.
			MaxIdleConns: 2, IdleConnTimeout: 5 * time.Second,
		},
	}}, nil
}

// serversFor are all API servers, that of the machine itself first.
func (c *cluster) serversFor(m *Machine) []netip.AddrPort {
	c.mu.Lock()
	defer c.mu.Unlock()

	servers := slices.SortedFunc(maps.Values(c.apiServers), netip.AddrPort.Compare)
	if own, ok := c.apiServers[m]; ok {
		servers = slices.Insert(servers, 0, own)
	}

	return servers
}

// dialFirst connects to the first that listens.
func dialFirst(ctx context.Context, servers []netip.AddrPort) (net.Conn, error) {
	failure := errors.New("no API server")

	for _, server := range servers {
		var (
			dialer net.Dialer
			conn   net.Conn
		)

		if conn, failure = dialer.DialContext(ctx, "tcp", server.String()); failure == nil {
			return conn, nil
		}
	}

	return nil, failure
}

// refused is an answer that is not what was asked for.
type refused struct {
	code int
	text string
}

func (r *refused) Error() string { return fmt.Sprintf("%d: %s", r.code, r.text) }

func hasCode(err error, code int) bool {
	var answer *refused

	return errors.As(err, &answer) && answer.code == code
}

func (c *kubernetesClient) get(ctx context.Context, path string, into any) error {
	return c.do(ctx, http.MethodGet, path, "", nil, into)
}

func (c *kubernetesClient) create(ctx context.Context, path string, what object) error {
	return c.do(ctx, http.MethodPost, path, "application/json", what, nil)
}

// patch merges lists by their keys, as kubectl does.
func (c *kubernetesClient) patch(ctx context.Context, path string, what object) error {
	return c.do(ctx, http.MethodPatch, path, "application/strategic-merge-patch+json", what, nil)
}

func (c *kubernetesClient) remove(ctx context.Context, path string) error {
	return c.do(ctx, http.MethodDelete, path, "application/json", object{"gracePeriodSeconds": 0}, nil)
}

func (c *kubernetesClient) do(ctx context.Context, method, path, contentType string, what object, into any) error {
	body, err := json.Marshal(what)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}

	request, err := http.NewRequestWithContext(ctx, method, "https://kubernetes"+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}

	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}

	response, err := c.http.Do(request)
	if err != nil {
		return err //nolint:wrapcheck // says what was asked
	}
	defer response.Body.Close() //nolint:errcheck // it was only read

	text, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}

	if response.StatusCode >= http.StatusBadRequest {
		return &refused{code: response.StatusCode, text: string(text)}
	}

	if into == nil {
		return nil
	}

	if err = json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}

	return nil
}

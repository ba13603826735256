package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/client"
	"go.yaml.in/yaml/v4"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func planEndpoint(config, planned object) {
	if config["endpoint"] == nil {
		planned["endpoint"] = planned["node"]
	}
}

// planAtNode is for what is done once, and changes only what the state says.
func planAtNode(computed ...string) func(context.Context, object, object, object) ([]string, error) {
	return func(_ context.Context, prior, config, planned object) ([]string, error) {
		planEndpoint(config, planned)

		if _, has := planned["certificate_renewal_duration"]; has && planned["certificate_renewal_duration"] == nil {
			planned["certificate_renewal_duration"] = "720h"
		}

		if prior == nil {
			for _, name := range computed {
				planned[name] = unknown{}
			}
		}

		return nil, nil
	}
}

func applyBootstrap(ctx context.Context, _ *server, prior, planned object) error {
	if prior != nil {
		return nil
	}

	planned["id"] = "machine_bootstrap"

	return patiently(ctx, planned, func(ctx context.Context, c *client.Client) error {
		return c.Bootstrap(ctx, &machineapi.BootstrapRequest{})
	})
}

func applyKubeconfig(ctx context.Context, _ *server, prior, planned object) error {
	if prior != nil {
		return nil
	}

	var text []byte

	err := patiently(ctx, planned, func(ctx context.Context, c *client.Client) (err error) {
		text, err = c.Kubeconfig(ctx)

		return err
	})
	if err != nil {
		return err
	}

	var read struct {
		Clusters []struct {
			Name    string `yaml:"name"`
			Cluster struct {
				Server string `yaml:"server"`
				CA     string `yaml:"certificate-authority-data"`
			} `yaml:"cluster"`
		} `yaml:"clusters"`
		Users []struct {
			User struct {
				Certificate string `yaml:"client-certificate-data"`
				Key         string `yaml:"client-key-data"`
			} `yaml:"user"`
		} `yaml:"users"`
	}

	if err = yaml.Unmarshal(text, &read); err != nil || len(read.Clusters) == 0 || len(read.Users) == 0 {
		return fmt.Errorf("the kubeconfig of %s cannot be read: %w", planned.text("node"), err)
	}

	cluster, user := read.Clusters[0], read.Users[0].User
	planned["id"] = cluster.Name
	planned["kubeconfig_raw"] = string(text)
	planned["kubernetes_client_configuration"] = object{
		"host": cluster.Cluster.Server, "ca_certificate": cluster.Cluster.CA,
		"client_certificate": user.Certificate, "client_key": user.Key,
	}

	return nil
}

func planSchematic(_ context.Context, prior, _, planned object) ([]string, error) {
	if prior == nil || prior.text("schematic") != planned.text("schematic") {
		planned["id"] = unknown{}
	}

	return nil, nil
}

func applySchematic(ctx context.Context, s *server, _, planned object) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.factory+"/schematics", strings.NewReader(planned.text("schematic")))
	if err != nil {
		return err
	}

	if !isLoopback(req.URL.Hostname()) {
		return notPlayed("an image factory that is not simulated")
	}

	req.Header.Set("Content-Type", "application/yaml")

	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}

	defer answer.Body.Close() //nolint:errcheck

	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}

	var made struct {
		ID string `yaml:"id"`
	}

	if err = yaml.Unmarshal(bytes.TrimSpace(text), &made); err != nil || made.ID == "" {
		return fmt.Errorf("the image factory answers %d: %s", answer.StatusCode, text)
	}

	planned["id"] = made.ID

	return nil
}

// atNode does something at a node: without a certificate where it is in maintenance mode, else with that of the cluster.
func atNode(ctx context.Context, planned object, work func(context.Context, *client.Client) error) error {
	endpoint, node := planned.text("endpoint"), planned.text("node")
	if !isLoopback(endpoint) || !isLoopback(node) {
		return notPlayed(fmt.Sprintf("node %s, which is not simulated", node))
	}

	nodeCtx := client.WithNode(ctx, node)

	c, err := client.New(ctx, client.WithTLSConfig(&tls.Config{InsecureSkipVerify: true}), client.WithEndpoints(endpoint)) //nolint:gosec
	if err != nil {
		return err
	}

	if _, err = c.Disks(nodeCtx); err != nil {
		c.Close() //nolint:errcheck

		c, err = client.New(ctx, client.WithConfig(talosconfig("stand-in", planned.in("client_configuration"))), client.WithEndpoints(endpoint))
		if err != nil {
			return err
		}
	}

	defer c.Close() //nolint:errcheck

	return work(nodeCtx, c)
}

// patiently tries again until the time of the resource is over; what the node calls wrong is not tried again.
func patiently(ctx context.Context, planned object, work func(context.Context, *client.Client) error) error {
	limit, err := time.ParseDuration(planned.in("timeouts").text("create"))
	if err != nil {
		limit = 10 * time.Minute
	}

	deadline, cancel := context.WithTimeout(ctx, limit)
	defer cancel()

	for {
		err = atNode(deadline, planned, work)
		if err == nil || errors.Is(err, errNotPlayed) || status.Code(err) == codes.InvalidArgument {
			return err
		}

		select {
		case <-deadline.Done():
			return fmt.Errorf("%s: %w", planned.text("node"), err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}

	return net.ParseIP(host).IsLoopback()
}

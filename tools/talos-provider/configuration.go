package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/client"
	"github.com/siderolabs/talos/pkg/machinery/config/bundle"
	"github.com/siderolabs/talos/pkg/machinery/config/configpatcher"
	"github.com/siderolabs/talos/pkg/machinery/config/encoder"
	"github.com/siderolabs/talos/pkg/machinery/config/generate"
	"github.com/siderolabs/talos/pkg/machinery/config/machine"
	"github.com/siderolabs/talos/pkg/machinery/constants"
)

func readMachineConfiguration(of object) error {
	contract, err := contractOf(of.text("talos_version"))
	if err != nil {
		return err
	}

	typ, err := machine.ParseType(of.text("machine_type"))
	if err != nil {
		return err
	}

	patches, err := configpatcher.LoadPatches(of.texts("config_patches"))
	if err != nil {
		return fmt.Errorf("config_patches: %w", err)
	}

	patch := bundle.WithPatchWorker
	if typ == machine.TypeControlPlane {
		patch = bundle.WithPatchControlPlane
	}

	made, err := bundle.NewBundle(
		bundle.WithVerbose(false),
		bundle.WithInputOptions(&bundle.InputOptions{
			ClusterName: of.text("cluster_name"),
			Endpoint:    of.text("cluster_endpoint"),
			KubeVersion: strings.TrimPrefix(of.text("kubernetes_version"), "v"),
			GenOptions: []generate.Option{
				generate.WithSecretsBundle(bundleOf(of.in("machine_secrets"))),
				generate.WithVersionContract(contract),
				generate.WithClusterDiscovery(true),
				generate.WithDNSDomain(constants.DefaultDNSDomain),
				generate.WithInstallDisk("/dev/sda"),
				generate.WithInstallImage("ghcr.io/siderolabs/installer:v1.13.0"),
			},
		}),
		patch(patches),
	)
	if err != nil {
		return err
	}

	text, err := made.Serialize(encoder.CommentsDisabled, typ)
	if err != nil {
		return err
	}

	of["id"] = of.text("cluster_name")
	of["machine_configuration"] = string(text)

	return nil
}

const careful = "staged_if_needing_reboot"

// planConfiguration asks the node whether a change needs a reboot, as the real provider does.
func planConfiguration(ctx context.Context, prior, config, planned object) ([]string, error) {
	planEndpoint(config, planned)

	if planned["apply_mode"] == nil {
		planned["apply_mode"] = "auto"
	}

	if prior == nil {
		planned["id"] = unknown{}
	}

	if !isKnown(config["machine_configuration_input"]) || !isKnown(config["config_patches"]) {
		for _, name := range []string{"machine_configuration", "machine_configuration_hash", "resolved_apply_mode"} {
			planned[name] = unknown{}
		}

		return nil, nil
	}

	text, err := patched(config)
	if err != nil {
		return nil, err
	}

	sum := sha256.Sum256([]byte(text))
	planned["machine_configuration"] = text
	planned["machine_configuration_hash"] = hex.EncodeToString(sum[:])

	mode := planned.text("apply_mode")
	if mode != careful {
		planned["resolved_apply_mode"] = mode

		return nil, nil
	}

	if prior != nil && prior.text("machine_configuration") == text && prior.text("resolved_apply_mode") != "" {
		planned["resolved_apply_mode"] = prior["resolved_apply_mode"]

		return nil, nil
	}

	resolved, warning := resolve(ctx, planned, text)
	planned["resolved_apply_mode"] = resolved

	if warning == "" {
		return nil, nil
	}

	return []string{warning}, nil
}

func patched(config object) (string, error) {
	patches, err := configpatcher.LoadPatches(config.texts("config_patches"))
	if err != nil {
		return "", err
	}

	made, err := configpatcher.Apply(configpatcher.WithBytes([]byte(config.text("machine_configuration_input"))), patches)
	if err != nil {
		return "", err
	}

	text, err := made.Bytes()

	return string(text), err
}

// resolve falls back to auto where the node does not answer, as the real provider does.
func resolve(ctx context.Context, planned object, text string) (string, string) {
	if !isKnown(planned["client_configuration"]) || !isKnown(planned["node"]) {
		return "auto", ""
	}

	needsReboot := false
	err := atNode(ctx, planned, func(ctx context.Context, c *client.Client) error {
		answer, err := c.ApplyConfiguration(ctx, &machineapi.ApplyConfigurationRequest{
			Mode: machineapi.ApplyConfigurationRequest_AUTO, Data: []byte(text), DryRun: true,
		})
		if err == nil && len(answer.Messages) > 0 {
			needsReboot = answer.Messages[0].Mode != machineapi.ApplyConfigurationRequest_NO_REBOOT
		}

		return err
	})

	switch {
	case err != nil:
		return "auto", fmt.Sprintf("Node %s: %v. Using 'auto' mode (may reboot).", planned.text("node"), err)
	case needsReboot:
		return "staged", fmt.Sprintf("Node %s: Configuration requires reboot. Using 'staged' mode.", planned.text("node"))
	default:
		return "auto", ""
	}
}

func applyConfiguration(ctx context.Context, _ *server, _, planned object) error {
	mode := planned.text("resolved_apply_mode")
	if mode == "" {
		mode = planned.text("apply_mode")
	}

	planned["id"] = "machine_configuration_apply"

	return patiently(ctx, planned, func(ctx context.Context, c *client.Client) error {
		_, err := c.ApplyConfiguration(ctx, &machineapi.ApplyConfigurationRequest{
			Mode: machineapi.ApplyConfigurationRequest_Mode(machineapi.ApplyConfigurationRequest_Mode_value[strings.ToUpper(mode)]),
			Data: []byte(planned.text("machine_configuration")),
		})

		return err
	})
}

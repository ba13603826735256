package main

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// server answers Terraform. What it does not implement is asked of providers with functions, ephemeral resources and the like.
type server struct {
	tfprotov6.ProviderServer

	schemas *schemas
	// factory makes images.
	factory string
}

// resource is what one kind of resource does.
type resource struct {
	// plan says what is computed; prior is nil for one that is to be made.
	plan func(ctx context.Context, prior, config, planned object) ([]string, error)
	// apply makes it, or changes it where prior is not nil.
	apply func(ctx context.Context, s *server, prior, planned object) error
	// replaced are attributes that cannot be changed, judged by the values before and after.
	replaced func(prior, planned object) []string
	// imported is what an id names.
	imported func(id string) (object, error)
}

var resources = map[string]resource{
	"talos_machine_secrets":             {plan: planSecrets, apply: applySecrets, replaced: secretsReplaced, imported: importSecrets},
	"talos_machine_configuration_apply": {plan: planConfiguration, apply: applyConfiguration},
	"talos_machine_bootstrap":           {plan: planAtNode("id"), apply: applyBootstrap},
	"talos_cluster_kubeconfig": {
		plan:  planAtNode("id", "kubeconfig_raw", "kubernetes_client_configuration"),
		apply: applyKubeconfig,
	},
	"talos_image_factory_schematic": {plan: planSchematic, apply: applySchematic},
}

var dataSources = map[string]func(config object) error{
	"talos_machine_configuration": readMachineConfiguration,
	"talos_client_configuration":  readClientConfiguration,
}

func (s *server) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	return &tfprotov6.GetMetadataResponse{ServerCapabilities: capabilities}, nil
}

// capabilities: nothing is asked of a resource that is destroyed.
var capabilities = &tfprotov6.ServerCapabilities{GetProviderSchemaOptional: true}

func (s *server) GetProviderSchema(
	context.Context, *tfprotov6.GetProviderSchemaRequest,
) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &tfprotov6.GetProviderSchemaResponse{
		ServerCapabilities: capabilities,
		Provider:           s.schemas.provider,
		ResourceSchemas:    s.schemas.resources,
		DataSourceSchemas:  s.schemas.data,
	}, nil
}

func (s *server) GetResourceIdentitySchemas(
	context.Context, *tfprotov6.GetResourceIdentitySchemasRequest,
) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

func (s *server) ValidateProviderConfig(
	_ context.Context, req *tfprotov6.ValidateProviderConfigRequest,
) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: req.Config}, nil
}

func (s *server) ConfigureProvider(
	_ context.Context, req *tfprotov6.ConfigureProviderRequest,
) (*tfprotov6.ConfigureProviderResponse, error) {
	config, err := decode(req.Config, s.schemas.provider)
	s.factory = config.text("image_factory_url")

	return &tfprotov6.ConfigureProviderResponse{Diagnostics: failure(err)}, nil
}

func (s *server) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

func (s *server) ValidateResourceConfig(
	context.Context, *tfprotov6.ValidateResourceConfigRequest,
) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

func (s *server) ValidateDataResourceConfig(
	context.Context, *tfprotov6.ValidateDataResourceConfigRequest,
) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return &tfprotov6.ValidateDataResourceConfigResponse{}, nil
}

func (s *server) UpgradeResourceState(
	_ context.Context, req *tfprotov6.UpgradeResourceStateRequest,
) (*tfprotov6.UpgradeResourceStateResponse, error) {
	typ := s.schemas.resources[req.TypeName].ValueType()

	value, err := req.RawState.Unmarshal(typ)
	if err != nil {
		return &tfprotov6.UpgradeResourceStateResponse{Diagnostics: failure(err)}, nil
	}

	state, err := tfprotov6.NewDynamicValue(typ, value)

	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &state, Diagnostics: failure(err)}, nil
}

// ReadResource believes the state, as the real provider does.
func (s *server) ReadResource(
	_ context.Context, req *tfprotov6.ReadResourceRequest,
) (*tfprotov6.ReadResourceResponse, error) {
	return &tfprotov6.ReadResourceResponse{NewState: req.CurrentState, Private: req.Private}, nil
}

func (s *server) PlanResourceChange(
	ctx context.Context, req *tfprotov6.PlanResourceChangeRequest,
) (*tfprotov6.PlanResourceChangeResponse, error) {
	schema := s.schemas.resources[req.TypeName]

	proposed, err := decode(req.ProposedNewState, schema)
	if err != nil || proposed == nil {
		return &tfprotov6.PlanResourceChangeResponse{PlannedState: req.ProposedNewState, Diagnostics: failure(err)}, nil
	}

	prior, err := decode(req.PriorState, schema)
	if err != nil {
		return &tfprotov6.PlanResourceChangeResponse{Diagnostics: failure(err)}, nil
	}

	config, err := decode(req.Config, schema)
	if err != nil {
		return &tfprotov6.PlanResourceChangeResponse{Diagnostics: failure(err)}, nil
	}

	of, ok := resources[req.TypeName]
	if !ok {
		return &tfprotov6.PlanResourceChangeResponse{Diagnostics: failure(notPlayed(req.TypeName))}, nil
	}

	warnings, err := of.plan(ctx, prior, config, proposed)
	if err != nil {
		return &tfprotov6.PlanResourceChangeResponse{Diagnostics: failure(err)}, nil
	}

	planned, err := encode(proposed, schema)
	response := &tfprotov6.PlanResourceChangeResponse{PlannedState: planned, Diagnostics: failure(err)}

	for _, warning := range warnings {
		response.Diagnostics = append(response.Diagnostics, &tfprotov6.Diagnostic{
			Severity: tfprotov6.DiagnosticSeverityWarning, Summary: "Cannot check reboot requirement", Detail: warning,
		})
	}

	if of.replaced != nil && prior != nil {
		for _, name := range of.replaced(prior, proposed) {
			response.RequiresReplace = append(response.RequiresReplace, attributePath(name))
		}
	}

	return response, nil
}

func (s *server) ApplyResourceChange(
	ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest,
) (*tfprotov6.ApplyResourceChangeResponse, error) {
	schema := s.schemas.resources[req.TypeName]

	planned, err := decode(req.PlannedState, schema)
	if err != nil || planned == nil {
		// Nothing is done to a node whose resource is destroyed: on_destroy is not played.
		return &tfprotov6.ApplyResourceChangeResponse{NewState: req.PlannedState, Diagnostics: failure(err)}, nil
	}

	prior, err := decode(req.PriorState, schema)
	if err != nil {
		return &tfprotov6.ApplyResourceChangeResponse{NewState: req.PriorState, Diagnostics: failure(err)}, nil
	}

	if err = resources[req.TypeName].apply(ctx, s, prior, planned); err != nil {
		return &tfprotov6.ApplyResourceChangeResponse{NewState: req.PriorState, Diagnostics: failure(err)}, nil
	}

	state, err := encode(planned, schema)

	return &tfprotov6.ApplyResourceChangeResponse{NewState: state, Diagnostics: failure(err)}, nil
}

func (s *server) ImportResourceState(
	_ context.Context, req *tfprotov6.ImportResourceStateRequest,
) (*tfprotov6.ImportResourceStateResponse, error) {
	of := resources[req.TypeName]
	if of.imported == nil {
		return &tfprotov6.ImportResourceStateResponse{Diagnostics: failure(notPlayed("import of " + req.TypeName))}, nil
	}

	found, err := of.imported(req.ID)
	if err != nil {
		return &tfprotov6.ImportResourceStateResponse{Diagnostics: failure(err)}, nil
	}

	state, err := encode(found, s.schemas.resources[req.TypeName])

	return &tfprotov6.ImportResourceStateResponse{
		ImportedResources: []*tfprotov6.ImportedResource{{TypeName: req.TypeName, State: state}},
		Diagnostics:       failure(err),
	}, nil
}

func (s *server) ReadDataSource(
	_ context.Context, req *tfprotov6.ReadDataSourceRequest,
) (*tfprotov6.ReadDataSourceResponse, error) {
	schema := s.schemas.data[req.TypeName]

	config, err := decode(req.Config, schema)
	if err != nil {
		return &tfprotov6.ReadDataSourceResponse{Diagnostics: failure(err)}, nil
	}

	read, ok := dataSources[req.TypeName]
	if !ok {
		return &tfprotov6.ReadDataSourceResponse{Diagnostics: failure(notPlayed(req.TypeName))}, nil
	}

	found := maps.Clone(config)
	if err = read(found); err != nil {
		return &tfprotov6.ReadDataSourceResponse{Diagnostics: failure(err)}, nil
	}

	state, err := encode(found, schema)

	return &tfprotov6.ReadDataSourceResponse{State: state, Diagnostics: failure(err)}, nil
}

var errNotPlayed = errors.New("this is the stand-in for siderolabs/talos of the tests, which does not play that; see docs/limits.md")

func notPlayed(what string) error {
	return fmt.Errorf("%s: %w", what, errNotPlayed)
}

func failure(err error) []*tfprotov6.Diagnostic {
	if err == nil {
		return nil
	}

	return []*tfprotov6.Diagnostic{{Severity: tfprotov6.DiagnosticSeverityError, Summary: err.Error()}}
}

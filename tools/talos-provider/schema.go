package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// schemas are those of the provider itself, its resources and its data sources.
type schemas struct {
	provider        *tfprotov6.Schema
	resources, data map[string]*tfprotov6.Schema
}

// jsonSchema is what `terraform providers schema -json` says of one thing. This provider has no blocks.
type jsonSchema struct {
	Version int64 `json:"version"`
	Block   struct {
		Attributes map[string]jsonAttribute   `json:"attributes"`
		BlockTypes map[string]json.RawMessage `json:"block_types"`
	} `json:"block"`
}

type jsonAttribute struct {
	Type       json.RawMessage `json:"type"`
	NestedType *struct {
		Attributes  map[string]jsonAttribute `json:"attributes"`
		NestingMode string                   `json:"nesting_mode"`
	} `json:"nested_type"`
	Description string `json:"description"`
	Required    bool   `json:"required"`
	Optional    bool   `json:"optional"`
	Computed    bool   `json:"computed"`
	Sensitive   bool   `json:"sensitive"`
	Deprecated  bool   `json:"deprecated"`
	WriteOnly   bool   `json:"write_only"`
}

func readSchemas(text []byte) (*schemas, error) {
	var file struct {
		Providers map[string]struct {
			Provider  jsonSchema            `json:"provider"`
			Resources map[string]jsonSchema `json:"resource_schemas"`
			Data      map[string]jsonSchema `json:"data_source_schemas"`
		} `json:"provider_schemas"`
	}

	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("the recorded schema: %w", err)
	}

	of, ok := file.Providers[address]
	if !ok {
		return nil, errors.New("the recorded schema is none of " + address)
	}

	provider, err := of.Provider.convert()
	if err != nil {
		return nil, err
	}

	result := &schemas{provider: provider}

	if result.resources, err = convertAll(of.Resources); err != nil {
		return nil, err
	}

	result.data, err = convertAll(of.Data)

	return result, err
}

func convertAll(all map[string]jsonSchema) (map[string]*tfprotov6.Schema, error) {
	result := map[string]*tfprotov6.Schema{}

	for name, one := range all {
		converted, err := one.convert()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}

		result[name] = converted
	}

	return result, nil
}

func (s jsonSchema) convert() (*tfprotov6.Schema, error) {
	if len(s.Block.BlockTypes) > 0 {
		return nil, errors.New("the schema has blocks, which nothing here reads")
	}

	attributes, err := convertAttributes(s.Block.Attributes)

	return &tfprotov6.Schema{Version: s.Version, Block: &tfprotov6.SchemaBlock{Attributes: attributes}}, err
}

func convertAttributes(all map[string]jsonAttribute) ([]*tfprotov6.SchemaAttribute, error) {
	result := []*tfprotov6.SchemaAttribute{}

	for _, name := range slices.Sorted(maps.Keys(all)) {
		one := all[name]
		attribute := &tfprotov6.SchemaAttribute{
			Name: name, Description: one.Description, Required: one.Required, Optional: one.Optional, Computed: one.Computed,
			Sensitive: one.Sensitive, Deprecated: one.Deprecated, WriteOnly: one.WriteOnly,
		}

		if nested := one.NestedType; nested != nil {
			inner, err := convertAttributes(nested.Attributes)
			if err != nil {
				return nil, err
			}

			nesting, ok := nestings[nested.NestingMode]
			if !ok {
				return nil, fmt.Errorf("%s: nesting %q is not known", name, nested.NestingMode)
			}

			attribute.NestedType = &tfprotov6.SchemaObject{Attributes: inner, Nesting: nesting}
		} else {
			// Deprecated for providers that write their types in Go.
			typ, err := tftypes.ParseJSONType(one.Type) //nolint:staticcheck
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}

			attribute.Type = typ
		}

		result = append(result, attribute)
	}

	return result, nil
}

var nestings = map[string]tfprotov6.SchemaObjectNestingMode{
	"single": tfprotov6.SchemaObjectNestingModeSingle,
	"list":   tfprotov6.SchemaObjectNestingModeList,
	"map":    tfprotov6.SchemaObjectNestingModeMap,
	"set":    tfprotov6.SchemaObjectNestingModeSet,
}

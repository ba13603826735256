package main

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// object is a value of Terraform in plain terms: texts, booleans, lists, further objects, nil, and unknown.
type object map[string]any

// unknown stands for what is told at the apply.
type unknown struct{}

func (o object) text(name string) string {
	text, _ := o[name].(string)

	return text
}

func (o object) in(name string) object {
	inner, _ := o[name].(object)

	return inner
}

func (o object) texts(name string) []string {
	list, _ := o[name].([]any)
	texts := make([]string, 0, len(list))

	for _, item := range list {
		if text, ok := item.(string); ok {
			texts = append(texts, text)
		}
	}

	return texts
}

// isKnown says whether nothing in a value is unknown.
func isKnown(value any) bool {
	switch of := value.(type) {
	case unknown:
		return false
	case []any:
		for _, item := range of {
			if !isKnown(item) {
				return false
			}
		}
	case object:
		for _, item := range of {
			if !isKnown(item) {
				return false
			}
		}
	}

	return true
}

// decode is nil for a resource that is not there.
func decode(value *tfprotov6.DynamicValue, schema *tfprotov6.Schema) (object, error) {
	read, err := value.Unmarshal(schema.ValueType())
	if err != nil {
		return nil, err
	}

	plain, err := plainOf(read)
	if err != nil || plain == nil {
		return nil, err
	}

	of, ok := plain.(object)
	if !ok {
		return nil, fmt.Errorf("%T is no object", plain)
	}

	return of, nil
}

func plainOf(value tftypes.Value) (any, error) {
	if !value.IsKnown() {
		return unknown{}, nil
	}

	if value.IsNull() {
		return nil, nil //nolint:nilnil // null is a value
	}

	switch typ := value.Type(); {
	case typ.Is(tftypes.String):
		var text string
		err := value.As(&text)

		return text, err
	case typ.Is(tftypes.Bool):
		var is bool
		err := value.As(&is)

		return is, err
	case typ.Is(tftypes.Object{}) || typ.Is(tftypes.Map{}):
		of := map[string]tftypes.Value{}
		if err := value.As(&of); err != nil {
			return nil, err
		}

		result := object{}

		for name, item := range of {
			plain, err := plainOf(item)
			if err != nil {
				return nil, err
			}

			result[name] = plain
		}

		return result, nil
	default:
		list := []tftypes.Value{}
		if err := value.As(&list); err != nil {
			return nil, err
		}

		result := make([]any, 0, len(list))

		for _, item := range list {
			plain, err := plainOf(item)
			if err != nil {
				return nil, err
			}

			result = append(result, plain)
		}

		return result, nil
	}
}

// encode gives an object the type of its schema; what it lacks is null.
func encode(of object, schema *tfprotov6.Schema) (*tfprotov6.DynamicValue, error) {
	typ := schema.ValueType()

	var plain any
	if of != nil {
		plain = of
	}

	value, err := valueOf(typ, plain)
	if err != nil {
		return nil, err
	}

	result, err := tfprotov6.NewDynamicValue(typ, value)

	return &result, err
}

func valueOf(typ tftypes.Type, plain any) (tftypes.Value, error) {
	switch of := plain.(type) {
	case nil:
		return tftypes.NewValue(typ, nil), nil
	case unknown:
		return tftypes.NewValue(typ, tftypes.UnknownValue), nil
	case string, bool:
		return tftypes.NewValue(typ, of), nil
	case []any:
		list, ok := typ.(tftypes.List)
		if !ok {
			return tftypes.Value{}, fmt.Errorf("a list where %s is wanted", typ)
		}

		items := make([]tftypes.Value, 0, len(of))

		for _, item := range of {
			value, err := valueOf(list.ElementType, item)
			if err != nil {
				return tftypes.Value{}, err
			}

			items = append(items, value)
		}

		return tftypes.NewValue(typ, items), nil
	case object:
		wanted, ok := typ.(tftypes.Object)
		if !ok {
			return tftypes.Value{}, fmt.Errorf("an object where %s is wanted", typ)
		}

		items := map[string]tftypes.Value{}

		for name, inner := range wanted.AttributeTypes {
			value, err := valueOf(inner, of[name])
			if err != nil {
				return tftypes.Value{}, fmt.Errorf("%s: %w", name, err)
			}

			items[name] = value
		}

		return tftypes.NewValue(typ, items), nil
	default:
		return tftypes.Value{}, fmt.Errorf("%T is no value", plain)
	}
}

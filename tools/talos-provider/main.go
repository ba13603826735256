// Command talos-provider stands in for siderolabs/talos where that cannot be had: it serves the recorded schema of the provider over the
// plugin protocol, and does what the real one does as far as the tests need it. It talks to simulated nodes only.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// recorded is schemas/talos@<version>.json, packed; the linker sets it.
var recorded string

const address = "registry.terraform.io/siderolabs/talos"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "talos-provider:", err)
		os.Exit(1)
	}
}

func run() error {
	text, err := unpack(recorded)
	if err != nil {
		return fmt.Errorf("it was built without a schema: %w", err)
	}

	schemas, err := readSchemas(text)
	if err != nil {
		return err
	}

	return tf6server.Serve(address, func() tfprotov6.ProviderServer { return &server{schemas: schemas} })
}

func unpack(packed string) ([]byte, error) {
	zipped, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		return nil, err
	}

	reader, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		return nil, err
	}

	return io.ReadAll(reader)
}

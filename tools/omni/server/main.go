package main

import (
	_ "github.com/cosi-project/runtime/pkg/state"
	_ "github.com/cosi-project/runtime/pkg/state/impl/inmem"
	_ "github.com/cosi-project/runtime/pkg/state/impl/namespaced"
	_ "github.com/cosi-project/runtime/pkg/state/protobuf/server"
	_ "github.com/cosi-project/runtime/pkg/state/registry"
	_ "github.com/siderolabs/go-api-signature/pkg/message"
	_ "github.com/siderolabs/go-api-signature/pkg/pgp"
	_ "github.com/siderolabs/go-api-signature/pkg/serviceaccount"
	_ "github.com/siderolabs/omni/client/pkg/compression"
	_ "github.com/siderolabs/omni/client/pkg/omni/resources/registry"
	_ "github.com/siderolabs/proto-codec/codec"
	_ "google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip"
)

func main() {}

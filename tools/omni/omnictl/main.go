// Command omnictl is the genuine omnictl, built from its Go module.
package main

import (
	"os"

	"github.com/siderolabs/omni/client/pkg/omnictl"
	"github.com/siderolabs/omni/client/pkg/version"
)

func main() {
	// A release sets these by linker flags. Without the API version each call warns and skips the version check.
	version.Name, version.Tag, version.API = "omni", "v1.9.3", 2
	omnictl.RootCmd.Version = version.String()

	if omnictl.RootCmd.Execute() != nil {
		os.Exit(1)
	}
}

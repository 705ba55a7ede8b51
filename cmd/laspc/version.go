package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/pflag"
)

func versionVerb() verb {
	return verb{
		name:  "version",
		short: "print the version of this command",
		setup: func(*pflag.FlagSet) action {
			return func(c *call) int {
				fmt.Fprintf(c.stdout, "laspc %s (%s, %s/%s)\n", buildVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
				return exitDone
			}
		},
	}
}

// buildVersion is the module's version, or the revision that was built.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return "devel"
}

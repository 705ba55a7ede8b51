module github.com/laspc/lasp

go 1.26.0

require (
	github.com/alecthomas/participle/v2 v2.1.4
	github.com/fxamacker/cbor/v2 v2.9.6
	github.com/mattn/go-runewidth v0.0.31
	github.com/spf13/pflag v1.0.10
	go.etcd.io/bbolt v1.5.0
	golang.org/x/term v0.47.0
)

require (
	github.com/clipperhouse/uax29/v2 v2.2.0 // indirect
	github.com/stretchr/testify v1.12.1 // indirect
	github.com/x448/float16 v0.8.4 // indirect
	golang.org/x/sync v0.22.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

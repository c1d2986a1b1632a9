module github.com/tcpfsm/tcpfsm

go 1.26

require (
	github.com/dave/jennifer v1.7.1
	github.com/looplab/fsm v1.0.3
	github.com/spf13/cobra v1.10.2
	pgregory.net/rapid v1.3.0
)

require (
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	github.com/spf13/pflag v1.0.9 // indirect
)

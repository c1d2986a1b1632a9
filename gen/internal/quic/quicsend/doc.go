// Package quicsend is generated from the table in sendspec.
package quicsend

//go:generate go run ../../../../cmd/fsmgen -target go,svg,dot,mermaid -o . ../sendspec

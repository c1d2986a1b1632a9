// Package quicrecv is generated from the table in recvspec.
package quicrecv

//go:generate go run ../../../../cmd/fsmgen -target go,svg,dot,mermaid -o . ../recvspec

package spec

import "testing"

func TestZZ(t *testing.T) {
	p, err := Load("tcp", "Machine")
	if err != nil {
		t.Log("\n" + err.Error())
	}
	if p != nil {
		t.Log(len(p.Rows), p.Hash)
	}
}

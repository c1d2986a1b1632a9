package endpoint

// A ring holds octets in the order of the stream, in memory that is allocated
// when the first octet comes, so that a connection that never carries text costs
// none.
type ring struct {
	size int    // octets it may hold
	buf  []byte // nil until it is needed
	head int    // place of the first octet
	n    int    // octets held
}

func (r *ring) free() int { return r.size - r.n }

// append takes as many octets as there is room for.
func (r *ring) append(p []byte) int {
	p = p[:min(len(p), r.free())]
	r.put(0, p)
	r.n += len(p)
	return len(p)
}

// put writes octets behind the end, with a gap before them, and does not count
// them: commit does, once the gap is filled. They must fit into the free room.
func (r *ring) put(gap int, p []byte) {
	if len(p) == 0 {
		return
	}
	if r.buf == nil {
		r.buf = make([]byte, r.size)
	}
	copied := copy(r.buf[r.place(r.n+gap):], p)
	copy(r.buf, p[copied:])
}

// commit counts octets that put wrote.
func (r *ring) commit(n int) { r.n += n }

// peek copies octets from an offset, and leaves them there.
func (r *ring) peek(offset int, p []byte) {
	if len(p) == 0 {
		return
	}
	copied := copy(p, r.buf[r.place(offset):])
	copy(p[copied:], r.buf)
}

// discard forgets the first octets.
func (r *ring) discard(n int) {
	r.head = r.place(n)
	r.n -= n
}

// clear forgets everything and gives the memory back.
func (r *ring) clear() { *r = ring{size: r.size} }

// place is where the octet of an offset is. Both numbers are at most size, so that
// one subtraction replaces a division.
func (r *ring) place(offset int) int {
	if offset += r.head; offset >= r.size {
		offset -= r.size
	}
	return offset
}

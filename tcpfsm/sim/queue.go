package sim

import "time"

// An item is something that will happen.
type item struct {
	at  time.Duration
	seq uint64 // what was planned first happens first
	// One of these is set.
	conn *Conn   // a timer of a connection, if its wake is still this time
	seg  *flight // a segment arrives
	call func()
}

func (a *item) before(b *item) bool { return a.at < b.at || a.at == b.at && a.seq < b.seq }

// A queue holds what will happen, the next thing first: a binary heap. Package
// container/heap would allocate for each item.
type queue struct {
	items []item
	seq   uint64
}

func (q *queue) push(it item) {
	q.seq++
	it.seq = q.seq
	q.items = append(q.items, it)
	for i := len(q.items) - 1; i > 0; {
		parent := (i - 1) / 2
		if !q.items[i].before(&q.items[parent]) {
			break
		}
		q.items[i], q.items[parent] = q.items[parent], q.items[i]
		i = parent
	}
}

func (q *queue) pop() item {
	first, last := q.items[0], len(q.items)-1
	q.items[0], q.items[last] = q.items[last], item{}
	q.items = q.items[:last]
	for i := 0; ; {
		least := i
		for _, child := range [2]int{2*i + 1, 2*i + 2} {
			if child < last && q.items[child].before(&q.items[least]) {
				least = child
			}
		}
		if least == i {
			return first
		}
		q.items[i], q.items[least] = q.items[least], q.items[i]
		i = least
	}
}

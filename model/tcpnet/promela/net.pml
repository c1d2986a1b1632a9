/* The system of package tcpnet for SPIN: a second opinion by another explorer, which runs another
 * translation of the table. machine.pml is generated beside this file, from the repository's root, by
 *
 *	go run ./cmd/fsmgen -target promela -o model/tcpnet/promela spec/tcp
 *	cd model/tcpnet/promela && spin -DOCTETS=0 -a net.pml
 *	gcc -O2 -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -m100000
 *
 * Nothing of TCP is in this file but what a user, a network and a buffer of octets do with the
 * machine's outputs. A state here is one state of tcpnet.Net and the other way round, and so is a
 * step: SPIN must store as many states. One process without local variables, a d_step for each
 * step; what a step computes is hidden, and what is stored is zero when it means nothing.
 *
 * Where a step breaks a property, an assertion fails whose name ends in the property's id; an
 * invalid end state is a deadlock, but not to be had without loss. P5, that both ends can always
 * still finish, is no assertion: SPIN has no "possible from everywhere".
 */

/* The bounds, as the fields of tcpnet.Bounds. */
#ifndef OCTETS
#define OCTETS 1
#endif
#ifndef WINDOW
#define WINDOW 2
#endif
#ifndef MSS
#define MSS 2
#endif
#ifndef CAPACITY
#define CAPACITY 2
#endif
#ifndef LOSS
#define LOSS 1
#endif
#ifndef DUP
#define DUP 1
#endif
#ifndef REORDER
#define REORDER 1
#endif
#ifndef RETRANSMIT
#define RETRANSMIT 1
#endif
#ifndef BOTH_OPEN
#define BOTH_OPEN 0
#endif
#ifndef ONE_WAY
#define ONE_WAY 0
#endif
#ifndef LAZY
#define LAZY 0
#endif
#ifndef SHUTDOWN
#define SHUTDOWN 0
#endif
#ifndef LEAVE
#define LEAVE 0
#endif
#ifndef ABORT
#define ABORT 0
#endif
#ifndef TIMEOUT
#define TIMEOUT 0
#endif

/* Initial sequence numbers, in a circle of 2^WORD_BITS: that of a is two before its end. */
#ifndef WORD_BITS
#define WORD_BITS 11
#endif
#ifndef ISS_A
#define ISS_A 2046
#endif
#ifndef ISS_B
#define ISS_B 300
#endif

/* Neither end gives up: R1, R2 and the limits of SYNs and probes stay 0. */
#define SIZE_BITS       3
#define p_RCV_BUF       WINDOW
#define p_SND_MSS       MSS
#define p_CHALLENGE_MAX 1
#include "machine.pml"

/* An end: its connection, and what its user and its buffers know. */
typedef End {
	TCB t;
	unsigned written : 3; /* octets the user gave to SEND */
	unsigned acked   : 3; /* of those, octets that left the send buffer */
	unsigned got     : 3; /* octets taken in order */
	unsigned eof     : 1; /* the user was told that the peer has closed */
	unsigned opened  : 1; /* the user has opened */
	unsigned closed  : 1; /* the user has closed */
	unsigned left    : 1  /* the user has left or aborted */
}
End ends[2];

/* What the ends sent: those of a, then those of b. A message is flags 6, seq 4, ack 4, window 3,
 * octets 3, value of the first octet 3 bits; 0 is none, and stands behind the messages. If the
 * network may reorder them, they are sorted: their order then means nothing. */
int wire[2 * CAPACITY];
#define FIRST(h)        ((h) * CAPACITY)
#define LAST(h)         ((h) * CAPACITY + CAPACITY - 1)
#define NETWORK_EMPTY   (wire[FIRST(0)] == 0 && wire[FIRST(1)] == 0)

#define MAX_OCTETS      4
#define MAX_WINDOW      7
#define ISS(h)          ((h) == 0 -> ISS_A : ISS_B)
#define MAY_WRITE(h)    ((ONE_WAY && (h) == 1) -> 0 : OCTETS)

/* A sequence number in 4 bits: its distance from the initial one, or ZERO for <SEQ=0>. */
#define ZERO            8
#define near(q, iss)    (ahead(q, iss) < ZERO)
#define codable(q, iss) (near(q, iss) || (q) == 0)
#define code(q, iss)    (near(q, iss) -> ahead(q, iss) : ZERO)
#define decode(c, iss)  ((c) == ZERO -> 0 : plus(c, iss))

/* The end in work. */
hidden int e_written, e_acked, e_got, e_eof, e_opened, e_closed, e_left;
hidden int me;                                  /* whose it is */
hidden int old_state, old_ISS, old_IRS, old_SND_UNA, old_RCV_NXT, old_RCV_WND, old_unread;
hidden int in_first;                            /* value of the first octet that arrives */
hidden int sent[4], nsent;                      /* what it sends in this step */
hidden int first, offset, at, message;

/* What a step breaks: of properties of a step the first only, as tcpnet does. */
hidden int faulted;
hidden int broken_P2, broken_P3, broken_P4, broken_P21, broken_acked, broken_rst, broken_invariants, broken_bounds;
hidden int told_P2, told_P3, told_P4, told_P21, told_acked, told_rst, told_invariants, told_bounds;
#define FAULT(id)       broken_##id = !faulted; faulted = 1

/* Each property is reported once in a whole run: hidden variables are not set back when SPIN goes
 * back. So pan -c0 lists what fails at all. */
#define REPORT(id)      if :: broken_##id && !told_##id -> told_##id = 1; assert(!broken_##id) :: else -> skip fi

/* Likewise what happens sometimes, if it is asked for: with -DSOMETIMES an assertion fails for
 * each claim when it first comes true. P8 is claimed only where both open, delivered only of octets. */
hidden int reached_established, reached_delivered, reached_told, reached_closing, reached_P8;
#define REACH(id, when) if :: !reached_##id && when -> reached_##id = 1; assert(!reached_##id) :: else -> skip fi
#define BOTH(state)     (m_state == state && other.t.m_state == state)

inline take_up(h)
{
	me = h;
	load_TCB(ends[h].t);
	e_written = ends[h].written;
	e_acked = ends[h].acked;
	e_got = ends[h].got;
	e_eof = ends[h].eof;
	e_opened = ends[h].opened;
	e_closed = ends[h].closed;
	e_left = ends[h].left;
	in_ISN = ISS(h);
	in_octets = 1;
	in_remoteGiven = 0;
	in_SEG_flags = 0;
	in_SEG_TEXT = 0;
	nsent = 0;
	faulted = 0;
	broken_P3 = 0; broken_P21 = 0; broken_acked = 0; broken_rst = 0; broken_bounds = 0
}

inline put_down(h)
{
	store_TCB(ends[h].t);
	ends[h].written = e_written;
	ends[h].acked = e_acked;
	ends[h].got = e_got;
	ends[h].eof = e_eof;
	ends[h].opened = e_opened;
	ends[h].closed = e_closed;
	ends[h].left = e_left
}

inline remember()
{
	old_state = m_state;
	old_ISS = m_ISS;
	old_IRS = m_IRS;
	old_SND_UNA = m_SND_UNA;
	old_RCV_NXT = m_RCV_NXT;
	old_RCV_WND = m_RCV_WND;
	old_unread = m_unread
}

/* Whether there is a connection with sequence numbers. */
#define incarnation(s)  ((s) != STATE_CLOSED && (s) != STATE_LISTEN)

/* Octets move as the machine's outputs say. */
inline account()
{
	if
	:: e_acked + out_acked > e_written ->   /* the peer is believed to have what was never written */
		FAULT(P3);
		out_acked = e_written - e_acked
	:: else -> skip
	fi;
	e_acked = e_acked + out_acked;
	if
	:: out_take > 0 ->
		if
		:: out_skip + out_take > in_SEG_TEXT || in_first + out_skip != e_got + 1 ->
			FAULT(P3)               /* not the next octets, or more than there were */
		:: else -> skip
		fi;
		e_got = least(e_got + out_take, MAX_OCTETS)
	:: else -> skip
	fi;
	if
	:: m_unread + out_delivered != old_unread + out_take && incarnation(m_state) && !e_left ->
		FAULT(P3)                       /* lost or doubled between taking and handing over */
	:: else -> skip
	fi;
	e_eof = e_eof || (out_signals & SIGNAL_remoteClosing) != 0;
	if
	:: !incarnation(m_state) ->
		e_acked = 0;
		e_got = 0;
		e_eof = 0;
		e_written = (m_state == STATE_LISTEN -> 0 : e_written)
	:: else -> skip
	fi
}

/* Whether a step tells the peer what was taken, or will. */
#define tells(flags, ack) (((flags) & SEG_ACK) != 0 && (ack) == m_RCV_NXT)
#define acknowledges    ((m_armed & TIMER_DelayedAck) != 0 || tells(out_CTL_flags, out_CTL_ACK) || tells(out_DATA_flags, out_DATA_ACK))

/* What one step may do. */
inline judge()
{
	if
	:: (in_SEG_flags & SEG_RST) != 0 && (out_CTL_flags & SEG_RST) != 0 ->
		FAULT(rst)
	:: else ->
		if
		:: !incarnation(old_state) || !incarnation(m_state) || old_ISS != m_ISS ->
			skip
		:: else ->
			if
			:: before(m_SND_UNA, old_SND_UNA) ->
				FAULT(P21)
			:: else ->
				if
				:: old_state == STATE_SYN_SENT || old_IRS != m_IRS ->
					skip                    /* nothing was received before */
				:: else ->
					if
					:: before(m_RCV_NXT, old_RCV_NXT) || before(plus(m_RCV_NXT, m_RCV_WND), plus(old_RCV_NXT, old_RCV_WND)) ->
						FAULT(P21)
					:: else ->
						if
						:: m_RCV_NXT != old_RCV_NXT && !acknowledges ->
							FAULT(acked)
						:: else -> skip
						fi
					fi
				fi
			fi
		fi
	fi
}

/* A segment goes out with the octets that it finds in the send buffer, which begins at SND.UNA, or
 * behind our SYN while that is not acknowledged. */
inline transmit(flags, seq, ack, wnd, text)
{
	if
	:: flags != 0 ->
		first = 0;
		if
		:: text > 0 ->
			offset = ahead(ahead(seq, m_SND_UNA), !m_synAcked);
			first = e_acked + offset + 1;
			if
			:: offset > MAX_OCTETS || first + text - 1 > e_written ->
				FAULT(P3);
				first = 0
			:: else -> skip
			fi
		:: else -> skip
		fi;
		if
		:: codable(seq, ISS(me)) && codable(ack, ISS(1 - me)) && wnd <= MAX_WINDOW && text <= MAX_OCTETS && first <= MAX_OCTETS + 1 ->
			sent[nsent] = flags | (code(seq, ISS(me)) << 6) | (code(ack, ISS(1 - me)) << 10) | (wnd << 14) | (text << 17) | (first << 20);
			nsent = nsent + 1
		:: else ->
			FAULT(bounds)
		fi
	:: else -> skip
	fi
}

/* What tcpnet can encode. */
#define encodable       ((m_ISS == 0 || m_ISS == ISS(me)) && (m_IRS == 0 || m_IRS == ISS(1 - me)) && near(m_SND_UNA, m_ISS) && near(m_SND_NXT, m_ISS) && near(m_SND_WL1, m_IRS) && codable(m_SND_WL2, m_ISS) && near(m_RCV_NXT, m_IRS) && fits_TCB && m_challenges <= 1 && m_tries == 0 && m_probes == 0 && m_savedTW == 0 && m_TW_SND_NXT == 0 && m_TW_RCV_NXT == 0)

/* One event at the end in work, and what comes of it. */
#define feed(event)     remember(); event(); follow()

inline follow()
{
	account();
	judge();
	transmit(out_CTL_flags, out_CTL_SEQ, out_CTL_ACK, out_CTL_WND, out_CTL_TEXT);
	transmit(out_DATA_flags, out_DATA_SEQ, out_DATA_ACK, out_DATA_WND, out_DATA_TEXT);
	if
	:: !encodable -> FAULT(bounds)
	:: else -> skip
	fi
}

/* Of the ends x, y: what has arrived lies between what is acknowledged and what was sent. */
#define within(una, nxt, rcv) (!before(rcv, una) && !before(nxt, rcv))

/* What must hold in a state, asked of the end in work; the other one has not changed. */
inline inspect(other)
{
	broken_P2 = m_state >= STATE_ESTABLISHED && other.t.m_state >= STATE_ESTABLISHED &&
		!(m_IRS == other.t.m_ISS && other.t.m_IRS == m_ISS &&
		within(m_SND_UNA, m_SND_NXT, other.t.m_RCV_NXT) && within(other.t.m_SND_UNA, other.t.m_SND_NXT, m_RCV_NXT));
	broken_P4 = (e_eof && (e_got != other.written || !other.closed)) || (other.eof && (other.got != e_written || !e_closed));
	broken_invariants = !invariants_hold;
	REPORT(P2); REPORT(P3); REPORT(P4); REPORT(P21); REPORT(acked); REPORT(rst); REPORT(invariants); REPORT(bounds)
#ifdef SOMETIMES
	; REACH(established, BOTH(STATE_ESTABLISHED));
	REACH(delivered, OCTETS > 0 && e_got == MAY_WRITE(1 - me) && other.got == MAY_WRITE(me));
	REACH(told, e_eof && other.eof);
	REACH(closing, BOTH(STATE_TIME_WAIT));
	REACH(P8, BOTH_OPEN && BOTH(STATE_ESTABLISHED) && !m_passive && !other.t.m_passive)
#endif
}

/* A message m of h joins those in the network, if there is room. */
inline insert(h, m)
{
	if
	:: wire[LAST(h)] == 0 ->
		at = LAST(h);
		do
		:: at > FIRST(h) && (wire[at - 1] == 0 || (REORDER && wire[at - 1] > m)) ->
			wire[at] = wire[at - 1];
			at = at - 1
		:: else -> break
		od;
		wire[at] = m
	:: else -> skip
	fi
}

/* The message at i of h leaves the network. */
inline remove(h, i)
{
	at = FIRST(h) + i;
	do
	:: at < LAST(h) ->
		wire[at] = wire[at + 1];
		at = at + 1
	:: else -> break
	od;
	wire[LAST(h)] = 0
}

#define ROOM(h)         (nsent == 0 || wire[LAST(h) - nsent + 1] == 0)

/* The step is made. Without loss it is none if the network has no room: tcpnet then has no such
 * step, here it leads nowhere. */
inline complete(h)
{
	if
	:: LOSS || (nsent <= CAPACITY && ROOM(h)) ->
		put_down(h);
		at = 0;
		if :: nsent > 0 -> insert(h, sent[0]) :: else -> skip fi;
		if :: nsent > 1 -> insert(h, sent[1]) :: else -> skip fi;
		if :: nsent > 2 -> insert(h, sent[2]) :: else -> skip fi;
		if :: nsent > 3 -> insert(h, sent[3]) :: else -> skip fi;
		inspect(ends[1 - h])
	:: else -> skip
	fi
}

/* Calls of the user: those that can succeed. */
#define CONNECTED(h)    (ends[h].opened && ends[h].t.m_state != STATE_CLOSED)

#define CALL(h, guard, change, event) :: d_step { guard -> take_up(h); change; feed(event); complete(h) }

#define ACTIVE          in_remoteGiven = 1; e_opened = 1
#define WRITES          e_written = e_written + 1
#define CLOSES          e_closed = 1
#define LEAVES          e_closed = 1; e_left = 1

/* What the bounds leave out is left out of the code, which is long enough. */
#if LAZY
#define RECEIVES(h) CALL(h, CONNECTED(h) && ends[h].t.m_unread > 0 && !ends[h].left, skip, event_Receive)
#else
#define RECEIVES(h)
#endif
#if SHUTDOWN
#define SHUTDOWNS(h) CALL(h, CONNECTED(h) && !ends[h].closed && !ends[h].left && ends[h].t.m_state != STATE_LISTEN, CLOSES, event_Shutdown)
#else
#define SHUTDOWNS(h)
#endif
#if LEAVE
#define GOES(h) CALL(h, CONNECTED(h) && !ends[h].left, LEAVES, event_CloseOrphan)
#else
#define GOES(h)
#endif
#if ABORT
#define ABORTS(h) CALL(h, CONNECTED(h) && !ends[h].left, LEAVES, event_Abort)
#else
#define ABORTS(h)
#endif

#define CALLS(h) \
	CALL(h, CONNECTED(h) && ends[h].written < MAY_WRITE(h) && !ends[h].closed && !ends[h].left && ends[h].t.m_state != STATE_LISTEN, WRITES, event_Send) \
	CALL(h, CONNECTED(h) && !ends[h].closed && !ends[h].left, CLOSES, event_Close) \
	RECEIVES(h) SHUTDOWNS(h) GOES(h) ABORTS(h)

/* A timer expires. */
#define EXPIRY(h, guard, timer, event) CALL(h, (ends[h].t.m_armed & timer) != 0 && guard, skip, event)

#if RETRANSMIT
#define RETRANSMITS(h) EXPIRY(h, true, TIMER_RTX, event_RetransmissionTimeout)
#else
#define RETRANSMITS(h)
#endif
#if TIMEOUT
#define TIMES_OUT(h) EXPIRY(h, true, TIMER_User, event_UserTimeout)
#else
#define TIMES_OUT(h)
#endif

#define EXPIRIES(h) \
	RETRANSMITS(h) TIMES_OUT(h) \
	EXPIRY(h, NETWORK_EMPTY, TIMER_TimeWait, event_TimeWaitTimeout) \
	EXPIRY(h, true, TIMER_Persist, event_PersistTimeout) \
	EXPIRY(h, true, TIMER_FinWait2, event_FinWait2Timeout) \
	EXPIRY(h, true, TIMER_KeepAlive, event_KeepAliveTimeout) \
	EXPIRY(h, true, TIMER_DelayedAck, event_DelayedAckTimeout)

/* Message i of h, if it is not the same as the one before it. */
#define THERE(h, i)     (wire[FIRST(h) + i] != 0)
#define OTHER(h, i)     (THERE(h, i) && wire[FIRST(h) + i] != wire[FIRST(h) + i - 1])

/* Message i of h arrives at the other end o, whose user reads at once unless he is lazy. */
#define DELIVERY(h, o, i, guard) :: d_step { \
	guard -> \
		message = wire[FIRST(h) + i]; \
		take_up(o); \
		in_octets = 0; \
		in_SEG_flags = message & 63; \
		in_SEG_SEQ = decode((message >> 6) & 15, ISS(h)); \
		in_SEG_ACK = decode((message >> 10) & 15, ISS(o)); \
		in_SEG_WND = (message >> 14) & 7; \
		in_SEG_TEXT = (message >> 17) & 7; \
		in_first = message >> 20; \
		feed(event_Segment); \
		if \
		:: !LAZY && !e_left && m_unread > 0 -> \
			in_SEG_flags = 0; \
			in_SEG_TEXT = 0; \
			in_octets = m_unread; \
			feed(event_Receive) \
		:: else -> skip \
		fi; \
		if \
		:: LOSS || (nsent <= CAPACITY && ROOM(o)) -> remove(h, i) \
		:: else -> skip \
		fi; \
		complete(o) }

/* What the network does by itself to message i of h. */
#define LOSES(h, i, guard)  :: d_step { LOSS && guard -> remove(h, i); at = 0 }
#define COPIES(h, i, guard) :: d_step { DUP && guard && wire[LAST(h)] == 0 -> message = wire[FIRST(h) + i]; insert(h, message); at = 0 }

#define HEAD(h, o) DELIVERY(h, o, 0, THERE(h, 0)) LOSES(h, 0, THERE(h, 0)) COPIES(h, 0, THERE(h, 0))
#if REORDER
#define NEXT(h, o, i) DELIVERY(h, o, i, OTHER(h, i)) LOSES(h, i, OTHER(h, i)) COPIES(h, i, OTHER(h, i))
#else
#define NEXT(h, o, i) LOSES(h, i, OTHER(h, i)) COPIES(h, i, OTHER(h, i))
#endif

/* Both ends get their budget of challenge ACKs back. */
inline tick(h)
{
	take_up(h);
	event_Tick();
	put_down(h);
	inspect(ends[1 - h])
}

#define FINISHED        (NETWORK_EMPTY && ends[0].opened && ends[1].opened && ends[0].t.m_state == STATE_CLOSED && ends[1].t.m_state == STATE_CLOSED)

active proctype Net()
{
	do
	CALL(0, !ends[0].opened, ACTIVE, event_OpenActive)
#if BOTH_OPEN
	CALL(1, !ends[1].opened, ACTIVE, event_OpenActive)
#else
	CALL(1, !ends[1].opened, e_opened = 1, event_OpenPassive)
#endif
	CALLS(0)
	CALLS(1)
	EXPIRIES(0)
	EXPIRIES(1)
	:: d_step { ends[0].t.m_challenges + ends[1].t.m_challenges > 0 -> tick(0); tick(1) }
	HEAD(0, 1)
	HEAD(1, 0)
#if CAPACITY > 1
	NEXT(0, 1, 1)
	NEXT(1, 0, 1)
#endif
#if CAPACITY > 2
	NEXT(0, 1, 2)
	NEXT(1, 0, 2)
#endif
#if CAPACITY > 3
	NEXT(0, 1, 3)
	NEXT(1, 0, 3)
#endif
#if CAPACITY > 4
	NEXT(0, 1, 4)
	NEXT(1, 0, 4)
#endif
#if CAPACITY > 5
	NEXT(0, 1, 5)
	NEXT(1, 0, 5)
#endif
#ifndef EXACT
	/* Whoever is finished may go on in vain; every other state without a step is a deadlock. With
	 * -DEXACT there are no other transitions than tcpnet's, and pan needs -E. */
	:: d_step { FINISHED -> at = 0 }
#endif
	od
}

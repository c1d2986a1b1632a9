package main

import (
	"os"
	"strconv"
	"strings"
)

// Where Linux says how much memory there is: for this group of processes, which
// containers use, and for the machine.
const (
	cgroupLimit = "/sys/fs/cgroup/memory.max"
	cgroupUsed  = "/sys/fs/cgroup/memory.current"
	machineInfo = "/proc/meminfo"
)

// fallbackMemory is the limit where nothing says how much memory there is.
const fallbackMemory = 8 << 30

// availableMemory is how many bytes a search may use: seven eighths of what is free,
// so that the rest of the program and of the machine has room.
func availableMemory() uint64 {
	free := uint64(fallbackMemory)
	if text, err := os.ReadFile(machineInfo); err == nil {
		if n, ok := parseAvailable(string(text)); ok {
			free = n
		}
	}
	limit, errLimit := os.ReadFile(cgroupLimit)
	used, errUsed := os.ReadFile(cgroupUsed)
	if errLimit == nil && errUsed == nil {
		if n, ok := parseGroup(string(limit), string(used)); ok {
			free = min(free, n)
		}
	}
	return free / 8 * 7
}

// parseAvailable reads the line MemAvailable, which counts kB.
func parseAvailable(meminfo string) (bytes uint64, ok bool) {
	for line := range strings.Lines(meminfo) {
		rest, found := strings.CutPrefix(line, "MemAvailable:")
		if !found {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 53)
		return n << 10, err == nil
	}
	return 0, false
}

// parseGroup is what a group of processes has left; "max" is no limit.
func parseGroup(limit, used string) (bytes uint64, ok bool) {
	most, errMost := strconv.ParseUint(strings.TrimSpace(limit), 10, 64)
	now, errNow := strconv.ParseUint(strings.TrimSpace(used), 10, 64)
	if errMost != nil || errNow != nil {
		return 0, false
	}
	return most - min(most, now), true
}

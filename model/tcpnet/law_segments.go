package tcpnet

// segmentLaws are about what arrives (section 3.10.7).
var segmentLaws = []Law{}

// Package guesttest tests examples/guest and the stories about services in docs/: it moves a network interface between
// guests with the real systemd-networkd and NetworkManager, and asks from other machines who answers. It has tests only.
//
// A guest is a network namespace with its own mounts and processes. A VPC is one more, with a bridge for each subnet, a
// router, DHCP and router advertisements; it drops what an interface sends from an address of another one, as EC2's
// source check does. To attach an interface to a guest is to put one end of a pair of virtual Ethernet devices into its
// namespace, where it appears as a hot-plugged device, with its MAC address and nothing else.
//
// The tests need Linux, root and the packages that .ci/run installs; ENI_FAILOVER_NET_UTILS is the folder in which it unpacks
// amazon-ec2-net-utils. Without them they are skipped, unless ENI_FAILOVER_REQUIRE_NETNS is set.
package guesttest

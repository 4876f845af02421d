package main

import "runtime"

// sysSetns is the number of the system call setns, which package syscall lacks on some processors.
var sysSetns = map[string]uintptr{"amd64": 308, "arm64": 268}[runtime.GOARCH]

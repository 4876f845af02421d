//go:build unix

package display

import (
	"os"
	"syscall"
	"testing"
	"unsafe"
)

// A page is as wide as its terminal, unless COLUMNS says otherwise.
func TestWidthOfATerminal(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	defer func() { _ = terminal.Close() }()
	size := struct{ rows, columns, x, y uint16 }{24, 57, 0, 0}
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, terminal.Fd(), syscall.TIOCSWINSZ, uintptr(unsafe.Pointer(&size))); errno != 0 {
		t.Fatal(errno)
	}
	if p := NewPage(terminal, noEnv); p.width != 57 || !p.ansi {
		t.Errorf("%d columns, styles %t", p.width, p.ansi)
	}
	if p := NewPage(terminal, func(name string) (string, bool) { return "66", name == "COLUMNS" }); p.width != 66 {
		t.Errorf("%d columns, want those of COLUMNS", p.width)
	}
}

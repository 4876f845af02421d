//go:build !unix

package display

import "os"

// terminalWidth returns the number of columns of the terminal behind a file; 0 if it is not known.
func terminalWidth(*os.File) int { return 0 }

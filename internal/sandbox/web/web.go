// Package web shows a night of package night as a page in the browser, on which a person can interfere: one HTML file, one
// script and one style sheet, and four endpoints. All windows see the same night.
//
// server.go checks what comes in and answers it; hub.go hands each change to all windows. Package night decides what an
// action does. The page is for this machine: the server answers no name but the loopback's, so that no other page can reach
// it.
package web

import (
	"context"
	_ "embed"
	"io"
	"net/http"

	"github.com/eni-failover/eni-failover/internal/sandbox/night"
)

// The page.
var (
	//go:embed page.html
	pageHTML []byte
	//go:embed page.js
	pageJS []byte
	//go:embed page.css
	pageCSS []byte
)

// Config says what is shown.
type Config struct {
	// Story is the name of the story that is there in the beginning.
	Story string
	// Env has the variables of the function that a story does not set itself.
	Env func(name string) (value string, ok bool)
	// Log gets the logs of the functions.
	Log io.Writer
}

// Site is the page with its night. Its zero value can't be used: see [New].
type Site struct {
	player *night.Player
	hub    *hub
}

// New begins the story. Its error says that the story or a setting can't be used.
func New(ctx context.Context, c Config) (*Site, error) {
	h := newHub()
	s := &Site{player: &night.Player{Env: c.Env, Log: c.Log, Update: h.update}, hub: h}
	return s, s.player.Begin(ctx, c.Story)
}

// Close ends the night. Actions that come later are refused.
func (s *Site) Close() { s.player.Close() }

// Handler answers the requests of the page. Streams end with the contexts of their requests.
func (s *Site) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", file("text/html; charset=utf-8", pageHTML))
	mux.HandleFunc("GET /page.js", file("text/javascript; charset=utf-8", pageJS))
	mux.HandleFunc("GET /page.css", file("text/css; charset=utf-8", pageCSS))
	mux.HandleFunc("GET /state", s.getState)
	mux.HandleFunc("GET /events", s.getEvents)
	mux.HandleFunc("POST /actions", s.postAction)
	return guard(mux)
}

package web

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// site serves the page with a story.
func site(t *testing.T, story string) *httptest.Server {
	t.Helper()
	s, err := New(t.Context(), Config{Story: story, Env: func(string) (string, bool) { return "", false }, Log: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections) // streams go on until then
	return server
}

// stands is true in a page whose clock stands.
const stands = `document.body.dataset.running === "false"`

// nextStep presses a button of the keyboard on the button "Next step", and waits.
func (w *window) nextStep() {
	w.t.Helper()
	before := eval[string](w, "document.body.dataset.version")
	w.run(pressOn("#next-step", kb.Enter))
	w.until(stands + " && document.body.dataset.version > " + before)
}

// A story is played to its end, and what the page shows on the way is what happens.
func TestStoryInTheBrowser(t *testing.T) {
	t.Parallel()
	w := open(browser(t), t, site(t, "interruption").URL)
	w.until(stands)
	chipOn := func(instance string) string {
		return `[...document.querySelectorAll(".instance")].find((e) => e.querySelector("h4").textContent === "` + instance + `")?.querySelector('[data-interface="eni-000000db"]')`
	}
	w.until(chipOn("db-1"))
	seen := map[string]bool{}
	for n := 0; eval[string](w, `document.querySelector("#play").textContent`) != "Go on"; n++ {
		if n > 20 {
			t.Fatal("the story has no end")
		}
		w.nextStep()
		seen[eval[string](w, `document.querySelector('[data-interface="eni-000000db"]').dataset.state`)] = true
	}
	for _, state := range []string{"in-use", "detaching", "available", "attaching"} {
		if !seen[state] {
			t.Errorf("the interface was never %s", state)
		}
	}
	w.until(chipOn("db-2"))
	for _, want := range []string{"DetachNetworkInterface eni-000000db", "AttachNetworkInterface eni-000000db to i-000000d2", "returns moved", "Interface eni-000000db of group db moved"} {
		w.until(`document.querySelector("#log").textContent.includes("` + want + `")`)
	}
	w.until(`document.querySelector(".report[open]").textContent.includes("db-2chosen")`)
	if n := eval[int](w, `document.querySelectorAll("#steps .done, #steps .now").length - document.querySelectorAll("#steps li").length`); n != 0 {
		t.Errorf("%d steps are missing", -n)
	}
	w.quiet()
}

// The interface glides from one place to the next, unless the system asks for less motion.
func TestMotion(t *testing.T) {
	t.Parallel()
	b := browser(t)
	for scheme, glides := range map[string]bool{"no-preference": true, "reduce": false} {
		w := open(b, t, site(t, "interruption").URL)
		w.until(stands)
		w.media("prefers-reduced-motion", scheme)
		eval[any](w, `window.moves = []; Element.prototype.animate = function () { window.moves.push(this.dataset.interface); };`)
		for range 6 {
			w.nextStep()
		}
		want := []string{}
		if glides {
			want = []string{"eni-000000db", "eni-000000db"} // off the one, onto the other
		}
		if moves := eval[[]string](w, "window.moves"); !slices.Equal(moves, want) {
			t.Errorf("%s: %q", scheme, moves)
		}
		w.quiet()
	}
}

// Two windows show the same, whatever is done in which, and a window that opens later has the whole log.
func TestTwoWindowsAgree(t *testing.T) {
	t.Parallel()
	b, url := browser(t), site(t, "unreachable").URL
	one, two := open(b, t, url), open(b, t, url)
	one.until(stands)
	one.run(chromedp.Click(chromedp.CSS("#speeds label:last-child")))
	two.until(`document.querySelector("#speeds input[value='10']").checked`)
	for range 6 {
		two.nextStep()
	}
	three := open(b, t, url)
	const all = `[...document.querySelectorAll("#time, #sentence, #steps, #services, #zones, #log, #reports")].map((e) => e.innerText).join("\n")`
	version := eval[string](two, "document.body.dataset.version")
	for _, w := range []*window{one, three} {
		w.until("document.body.dataset.version === '" + version + "'")
		if got, want := eval[string](w, all), eval[string](two, all); got != want {
			t.Errorf("one window has\n%s\nanother\n%s", got, want)
		}
	}
	one.run(chromedp.SetValue(chromedp.CSS("#story"), "race"), pressOn("#chooser button", kb.Enter))
	for _, w := range []*window{one, two, three} {
		w.until(`document.body.dataset.story === "race" && !document.querySelector("#log").textContent.includes("PostgreSQL")`)
		w.quiet()
	}
}

// All can be done with the keyboard: an instance is interrupted by Tab and Enter alone, and no key press loses the focus.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	w := open(browser(t), t, site(t, "free").URL)
	w.until(stands)
	focus := func() string {
		return eval[string](w, `(document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent).trim().replace(/\s+/g, " ")`)
	}
	tabTo := func(name string) {
		t.Helper()
		for range 60 {
			w.run(chromedp.KeyEvent(kb.Tab))
			if focus() == name {
				if width := eval[string](w, `getComputedStyle(document.activeElement).outlineWidth`); width == "0px" {
					t.Errorf("the focus on %s can't be seen", name)
				}
				return
			}
		}
		t.Fatalf("Tab does not reach %s", name)
	}
	tabTo("Skip to the account")
	w.run(chromedp.KeyEvent(kb.Enter))
	tabTo("Actions on db-1")
	w.run(chromedp.KeyEvent(kb.Enter))
	tabTo("Interrupt: db-1")
	w.run(chromedp.KeyEvent(kb.Enter))
	w.until(`document.querySelector("#sentence").textContent.startsWith("EC2 warns: it interrupts db-1")`)
	w.until(`document.querySelector("#announce").textContent === document.querySelector("#sentence").textContent`)
	if got := focus(); got != "Actions on db-1" { // the button can't be pressed any more
		t.Errorf("the focus is on %q", got)
	}
	tabTo("Kill application: db-1")
	w.run(chromedp.KeyEvent(" "))
	w.until(`document.activeElement.textContent === "Restart application"`) // in its place
	w.run(chromedp.Focus(chromedp.CSS("#play")), chromedp.KeyEvent(" "))
	w.until(`document.querySelector("#log").textContent.includes("DetachNetworkInterface eni-000000db")`)
	w.until(`document.activeElement.id === "play"`)
	w.quiet()
}

// A request that is refused is said, to a screen reader too.
func TestRefusalInTheBrowser(t *testing.T) {
	t.Parallel()
	server := site(t, "free")
	w := open(browser(t), t, server.URL)
	w.until(stands)
	eval[any](w, `document.querySelector(".acts button").dataset.do = "start"; document.querySelector(".acts").open = true; document.querySelector(".acts button").click()`)
	w.until(`getComputedStyle(document.querySelector("[role=alert]")).display !== "none" && document.querySelector("[role=alert]").textContent.includes("it is running")`)
}

// The page fits at each width, in the light and in the dark, at the beginning, in the middle and at the end of a story.
func TestPageFits(t *testing.T) {
	t.Parallel()
	w := open(browser(t), t, site(t, "interruption").URL)
	w.until(stands)
	for _, at := range []struct {
		name  string
		steps int
	}{{"begin", 0}, {"middle", 4}, {"end", 6}} {
		for range at.steps {
			w.nextStep()
		}
		eval[any](w, fmt.Sprintf(`document.querySelectorAll("details").forEach((e) => { e.open = e.open || %t && e.matches(".acts, .steps"); })`, at.name == "end"))
		for _, width := range []int64{320, 400, 1000, 1600} {
			for _, scheme := range []string{"light", "dark"} {
				w.size(width, scheme)
				if got := eval[int64](w, "document.documentElement.scrollWidth"); got > width {
					t.Errorf("%s at %d pixels: the page is %d wide", at.name, width, got)
				}
				for _, text := range eval[[]string](w, cutOff) {
					t.Errorf("%s at %d pixels: cut off: %s", at.name, width, text)
				}
				w.picture(fmt.Sprintf("%s-%d-%s", at.name, width, scheme), true)
			}
		}
	}
	w.quiet()
}

// The pictures in docs/ are those of the present page, in the middle of a move.
func TestPicturesOfTheDocumentation(t *testing.T) {
	t.Parallel()
	w := open(browser(t), t, site(t, "unreachable").URL)
	w.until(stands)
	w.size(1200, "light") // without motion
	for range 6 {
		w.nextStep()
	}
	eval[any](w, "document.activeElement.blur()")
	for _, scheme := range []string{"light", "dark"} {
		w.size(1200, scheme)
		w.picture("sandbox-web-"+scheme, false)
		w.until(`document.querySelector('.dock [data-interface="eni-000000db"]')`)
		if info, err := os.Stat("../../../docs/sandbox-web-" + scheme + ".png"); err != nil || info.Size() > 150_000 {
			t.Errorf("the picture in the %s: %v, %+v", scheme, err, info)
		}
	}
}

// cutOff lists the texts that stick out of their cards.
const cutOff = `[...document.querySelectorAll(".card *, .instance *, .services *, .controls *")].filter((e) => {
	const box = e.closest(".card, .instance, .services > li, .controls").getBoundingClientRect(), own = e.getBoundingClientRect();
	return !e.closest(".hidden, pre, .scroll") && own.width > 0 && (own.right > box.right + 1 || own.left < box.left - 1 || e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0);
}).map((e) => e.className + " " + e.textContent)`

// Whatever can be focused has a name, and axe finds nothing wrong.
func TestAccessibility(t *testing.T) {
	t.Parallel()
	w := open(browser(t), t, site(t, "no-standby").URL)
	w.until(stands)
	for range 6 {
		w.nextStep()
	}
	eval[any](w, `document.querySelectorAll("details").forEach((e) => { e.open = true; })`)
	for _, name := range eval[[]string](w, `[...document.querySelectorAll("button, select, input, summary, a, [tabindex='0']")].filter((e) =>
		!(e.getAttribute("aria-label") || e.textContent.trim() || e.labels?.length || document.getElementById(e.getAttribute("aria-labelledby")))).map((e) => e.outerHTML)`) {
		t.Errorf("it has no name: %s", name)
	}
	path := os.Getenv("ENI_FAILOVER_AXE")
	if path == "" {
		t.Skip("ENI_FAILOVER_AXE names no axe.min.js")
	}
	axe, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, scheme := range []string{"light", "dark"} {
		w.size(1000, scheme)
		eval[any](w, string(axe)+"; 0")
		found, err := chromedp.Run(w.ctx, chromedp.Evaluate[[]string](`axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })
			.then((r) => r.violations.map((v) => v.id + ": " + v.help + ": " + v.nodes.map((n) => n.html + " " + n.failureSummary).join("\n")))`, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatal(err)
		}
		for _, violation := range found {
			t.Errorf("%s: %s", scheme, violation)
		}
	}
	w.quiet()
}

// The connection comes back by itself, with the present state.
func TestConnectionLost(t *testing.T) {
	t.Parallel()
	server := site(t, "free")
	w := open(browser(t), t, server.URL)
	w.until(stands)
	const alert = `document.querySelector("[role=alert]")`
	eval[any](w, `new MutationObserver(() => { window.said ||= `+alert+`.textContent.includes("is lost"); })
		.observe(`+alert+`, { attributes: true, childList: true, characterData: true, subtree: true }); 0`) // for a moment only
	server.CloseClientConnections()
	w.until("window.said")
	w.until(`!document.querySelector("[role=alert]").classList.contains("shown")`)
	if status, p := post(t, server, `{"do":"interrupt","instance":"i-000000d1"}`); status != http.StatusOK {
		t.Fatal(p.Error)
	}
	w.until(`document.querySelector("#sentence").textContent.startsWith("EC2 warns")`)
}

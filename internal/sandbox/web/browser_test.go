package web

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

const (
	// requireVariable makes a missing browser an error.
	requireVariable = "ENI_FAILOVER_REQUIRE_CHROMIUM"
	// picturesVariable names the directory for pictures of the page; none are written without it.
	picturesVariable = "ENI_FAILOVER_PICTURES"
)

// browser starts a Chromium for the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("it needs a browser")
	}
	var path string
	for _, p := range []string{"/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"} {
		if _, err := os.Stat(p); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		if os.Getenv(requireVariable) != "" {
			t.Fatalf("%s is set, and there is no Chromium", requireVariable)
		}
		t.Skip("there is no Chromium: apt-get install chromium")
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WSURLReadTimeout(2*time.Minute), chromedp.Flag("disable-lcd-text", true))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// window is a window with the page.
type window struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // chromedp keeps the window in it

	mu     sync.Mutex
	faults []string // what the console has, and what was not caught
}

// open opens the page in a window of its own.
func open(browser context.Context, t *testing.T, url string) *window {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancel)
	w := &window{t: t, ctx: ctx}
	err := chromedp.Listen(ctx, func(e any) {
		w.mu.Lock()
		defer w.mu.Unlock()
		switch e := e.(type) {
		case *runtime.EventConsoleAPICalled:
			w.faults = append(w.faults, fmt.Sprint(e.Type))
		case *runtime.EventExceptionThrown:
			w.faults = append(w.faults, fmt.Sprint(e.ExceptionDetails.Text, " ", e.ExceptionDetails.Exception.Description))
		case *log.EventEntryAdded:
			w.faults = append(w.faults, e.Entry.Text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	w.run(chromedp.Navigate(url))
	w.until(`document.body.dataset.version > 0 && document.querySelectorAll(".chip.managed").length > 0`)
	return w
}

func (w *window) run(actions ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	if err := chromedp.Do(w.ctx, actions...); err != nil {
		w.t.Fatal(err)
	}
}

// eval returns the value of an expression in the page.
func eval[T any](w *window, expression string) T {
	w.t.Helper()
	value, err := chromedp.Run(w.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		w.t.Fatal(expression, err)
	}
	return value
}

// until waits until an expression is true.
func (w *window) until(expression string) {
	w.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if eval[bool](w, "Boolean("+expression+")") {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("it does not become true: %s\n%s", expression, eval[string](w, "document.body.innerText"))
		}
	}
}

// quiet fails the test if the console has got anything.
func (w *window) quiet() {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.faults) > 0 {
		w.t.Errorf("the console has: %s", strings.Join(w.faults, "\n"))
	}
}

// size sets the width of the window, and the colours.
func (w *window) size(width int64, scheme string) {
	w.t.Helper()
	w.run(chromedp.EmulateViewport(width, 900))
	w.media("prefers-color-scheme", scheme, "prefers-reduced-motion", "reduce")
}

// media sets media features, as NAME, VALUE pairs, and no others.
func (w *window) media(features ...string) {
	w.t.Helper()
	var params emulation.SetEmulatedMediaParams
	for n := 0; n < len(features); n += 2 {
		params.Features = append(params.Features, &emulation.MediaFeature{Name: features[n], Value: features[n+1]})
	}
	if _, err := chromedp.Call(w.ctx, emulation.SetEmulatedMedia, params); err != nil {
		w.t.Fatal(err)
	}
}

// picture writes a picture of the page, if pictures are wanted: of the whole page, or of what the window shows.
func (w *window) picture(name string, whole bool) {
	w.t.Helper()
	dir := os.Getenv(picturesVariable)
	if dir == "" {
		return
	}
	if whole {
		w.run(chromedp.EmulateViewport(eval[int64](w, "innerWidth"), eval[int64](w, "document.documentElement.scrollHeight")))
	}
	data, err := chromedp.Run(w.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), smaller(w.t, data), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// smaller returns a PNG with at most 256 colours: the most frequent ones, which are nearly all of the page's. That makes it half
// as large.
func smaller(t *testing.T, data []byte) []byte {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	counts := map[color.Color]int{}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			counts[img.At(x, y)]++
		}
	}
	frequent := slices.SortedFunc(maps.Keys(counts), func(a, b color.Color) int { return counts[b] - counts[a] })
	const most = 256
	small := image.NewPaletted(img.Bounds(), frequent[:min(len(frequent), most)])
	draw.Draw(small, img.Bounds(), img, image.Point{}, draw.Src)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, small); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// pressOn focuses an element and presses a key.
func pressOn(selector, key string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(chromedp.Focus(chromedp.CSS(selector)), chromedp.KeyEvent(key))
}

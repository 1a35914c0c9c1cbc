package page

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/report"
)

// plot is the history of a package's sizes: a bar from zero for each version, the newest at the right.
type plot struct {
	Width, Height int
	Before        string // path of the bars but the last
	Last          string // path of the last
	Label         string // says the same in words
}

// The bars' distance and the plot's height, in pixels.
const barStep, plotHeight = 5, 28

func newPlot(p *pack) *plot {
	arch, points := history(p)
	if len(points) < 2 {
		return nil
	}
	points = points[max(0, len(points)-maxBars):]
	low, high := points[0], points[0]
	for _, q := range points {
		if q.size < low.size {
			low = q
		}
		if q.size > high.size {
			high = q
		}
	}
	g := &plot{Width: len(points) * barStep, Height: plotHeight}
	var before strings.Builder
	for i, q := range points {
		height := max(1, float64(plotHeight)*float64(q.size)/float64(max(high.size, 1)))
		bar := fmt.Sprintf("M%d %dv-%.1f", i*barStep+2, plotHeight, height)
		if i == len(points)-1 {
			g.Last = bar
		} else {
			before.WriteString(bar)
		}
	}
	g.Before = before.String()
	first, last := points[0], points[len(points)-1]
	g.Label = fmt.Sprintf("Size for %s over %d versions: %s in %s, %s in %s", arch, len(points),
		report.Bytes(first.size), first.version, report.Bytes(last.size), last.version)
	if low.size != high.size {
		g.Label += fmt.Sprintf("; smallest %s, largest %s", report.Bytes(low.size), report.Bytes(high.size))
	}
	return g
}

type point struct {
	version string
	size    int64
}

// history returns the sizes, the oldest first, for the architecture that has the most versions.
func history(p *pack) (arch string, points []point) {
	count := map[string]int{}
	for _, v := range p.versions {
		for _, f := range v.files {
			count[f.arch]++
			if n := count[f.arch]; n > count[arch] || n == count[arch] && f.arch < arch {
				arch = f.arch
			}
		}
	}
	for _, v := range slices.Backward(p.versions) {
		for _, f := range v.files {
			if f.arch == arch {
				points = append(points, point{v.text, f.FileSize})
			}
		}
	}
	return arch, points
}

package demo

import (
	"bytes"
	"hash/fnv"
	"image"
	"image/color"
	"image/png"
	"math"
)

// Size of a demo picture.
const (
	pictureWidth  = 640
	pictureHeight = 480
)

// picture draws what stands for a citizen's photo: a street under a sky, its
// tones by the name, so that two are never alike.
func picture(name string) []byte {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	tone := float64(h.Sum32()%100) / 100
	img := image.NewRGBA(image.Rect(0, 0, pictureWidth, pictureHeight))
	horizon := pictureHeight*0.42 + 40*tone
	for y := range pictureHeight {
		for x := range pictureWidth {
			img.Set(x, y, pixel(float64(x), float64(y), horizon, tone))
		}
	}
	var out bytes.Buffer
	_ = png.Encode(&out, img) // writing to memory does not fail
	return out.Bytes()
}

func pixel(x, y, horizon, tone float64) color.Color {
	if y < horizon {
		f := y / horizon
		return color.RGBA{uint8(120 + 90*f), uint8(160 + 60*f), uint8(205 + 30*f*tone), 255}
	}
	f := (y - horizon) / (pictureHeight - horizon)
	middle := pictureWidth * (0.4 + 0.2*tone)
	if math.Abs(x-middle) < 60+260*f { // the road, wider towards us
		dark := 90 + 30*f
		if math.Hypot((x-middle-20)/90, (y-horizon-190)/34) < 1 {
			dark = 38 // what the citizen complains of
		}
		return color.RGBA{uint8(dark), uint8(dark), uint8(dark + 6), 255}
	}
	return color.RGBA{uint8(120 - 30*f), uint8(138 - 20*tone), uint8(110 - 20*f), 255}
}

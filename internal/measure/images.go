package measure

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/ocisum/ocisum/archive"
	"github.com/ocisum/ocisum/internal/measure/sample"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// imageLayers is how many layers a made-up image has: more than most machines
// have workers to fill with lanes, as real images.
const imageLayers = 8

// streamed marks the image that is verified in one pass, as from a pipe.
const streamed = "docker-save, one pass"

// imageWorks is one work for each format of image, with one worker and with
// all of them, and one for a stream.
func imageWorks(ctx context.Context, size, jobs int) ([]work, error) {
	workers := slices.Compact([]int{1, jobs})
	var works []work
	for _, format := range sample.Formats() {
		img, err := sample.Build(sample.Spec{Format: format, Layers: imageLayers, LayerSize: size * 2 / imageLayers})
		if err != nil {
			return nil, err
		}
		tar, err := img.Tar()
		if err != nil {
			return nil, err
		}
		row := Row{Group: Verify, Format: string(format), Unpacked: float64(img.Plain) / float64(img.Stored), Chosen: true}
		for _, n := range workers {
			row.Jobs = n
			works = append(works, work{row, verifying(ctx, tar, img.Stored, n)})
		}
		if format == sample.DockerSave {
			row.Format, row.Jobs = streamed, 1
			works = append(works, work{row, func() (int64, error) {
				rep, err := verify.RunStream(ctx, bytes.NewReader(tar), verify.Options{Jobs: 1})
				return judged(rep, err, img.Stored)
			}})
		}
	}
	return works, nil
}

// verifying returns the step that verifies an image in memory.
func verifying(ctx context.Context, tar []byte, stored int64, jobs int) func() (int64, error) {
	return func() (int64, error) {
		src, err := archive.New(ctx, bytes.NewReader(tar), int64(len(tar)), archive.Limits{})
		if err != nil {
			return 0, err
		}
		defer src.Close()
		rep, err := verify.Run(ctx, src, verify.Options{Jobs: jobs})
		return judged(rep, err, stored)
	}
}

// judged makes sure that what was timed is the whole work.
func judged(rep *report.Report, err error, stored int64) (int64, error) {
	if err != nil {
		return 0, err
	}
	if rep.Verdict != report.Verified {
		return 0, fmt.Errorf("a made-up image is judged %s: a bug, or bad memory", rep.Verdict)
	}
	return stored, nil
}

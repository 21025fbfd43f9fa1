package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"replydesk/bot/eval/fit"
	"replydesk/faq/text"
)

type faqFitCmd struct {
	Dir string `arg:"" type:"existingdir" help:"Folder of evaluation sets, each a folder with library.jsonl and queries.jsonl."`
	Out string `type:"path" help:"Where to write the weights; without it only the table is printed."`
}

func (c faqFitCmd) Run(e *env) error {
	lex, err := text.Default()
	if err != nil {
		return err
	}
	samples, err := fit.Load(e.ctx, c.Dir, lex, os.Stderr)
	if err != nil {
		return err
	}
	fmt.Println("On questions that the weights were not fitted on:")
	for _, row := range fit.HeldOut(samples, []float64{0.5, 0.6, 0.7, 0.75, 0.8, 0.84, 0.86, 0.88, 0.9}) {
		fmt.Print(row)
	}
	if c.Out == "" {
		return nil
	}
	raw, err := json.Marshal(fit.Fit(samples))
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := json.Indent(&file, raw, "", " "); err != nil {
		return err
	}
	file.WriteByte('\n')
	return os.WriteFile(c.Out, file.Bytes(), 0o644) //nolint:gosec // weights are no secret
}

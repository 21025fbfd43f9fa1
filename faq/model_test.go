package faq

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"replydesk/faq/text"
)

func TestModelFile(t *testing.T) {
	m, err := DefaultModel()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	again, err := LoadModel(fstest.MapFS{modelFile: {Data: raw}})
	if err != nil || *again != *m {
		t.Errorf("weights change when written and read, %v", err)
	}
	for name, tt := range map[string]struct{ change, to, names string }{
		"missing":  {`"alike":`, `"other":`, "alike"},
		"too many": {`"rank":{`, `"rank":{"other":[1,2,3],`, "too many"},
		"no JSON":  {`{`, ``, modelFile},
	} {
		broken := strings.Replace(string(raw), tt.change, tt.to, 1)
		if name == "missing" { // of both lists
			broken = strings.ReplaceAll(string(raw), tt.change, tt.to)
		}
		if _, err := LoadModel(fstest.MapFS{modelFile: {Data: []byte(broken)}}); err == nil || !strings.Contains(err.Error(), tt.names) {
			t.Errorf("%s: %v, want an error that names %q", name, err, tt.names)
		}
	}
	if _, err := LoadModel(fstest.MapFS{}); err == nil {
		t.Error("no file is no error")
	}
}

// A weight counts by the kind of message.
func TestKindOfMessage(t *testing.T) {
	lex, err := text.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		message string
		want    Kind
	}{
		{"居住证怎么办理", Kind{}},
		{"How do I get a library card?", Kind{Words: 1}},
		{strings.Repeat("道路破损严重", 10), Kind{Long: 0.5}},
		{strings.Repeat("道路破损严重", 50), Kind{Long: 1}},
	} {
		if got := kindOf(lex.Tokens(tt.message, 0)); got != tt.want {
			t.Errorf("%.20q is %+v, want %+v", tt.message, got, tt.want)
		}
	}
	if got := (Weight{1, 10, 100}).of(Kind{Long: 0.5, Words: 1}); got != 106 {
		t.Errorf("weight %v, want 106", got)
	}
}

// The lead over rivals cannot make up for what is not shared.
func TestSureNeedsBoth(t *testing.T) {
	m := &Model{}
	m.Confidence[lead], m.Evidence[leadSigns+alike] = Weight{1}, Weight{1}
	both, far := Signs{lead: 5}, Signs{lead: 5}
	both[leadSigns+alike], far[leadSigns+alike] = 5, -5
	little := Signs{lead: 5}
	little[leadSigns+alike] = 0.1
	if got := m.Sure(Kind{}, little); got > 0.2 {
		t.Errorf("sure %v of what shares little", got)
	}
	if got := m.Sure(Kind{}, both); got < 0.99 {
		t.Errorf("sure %v with both", got)
	}
	if got := m.Sure(Kind{Long: 1}, far); got > 0.01 {
		t.Errorf("sure %v by its lead alone", got)
	}
	for i, name := range []bool{always: false, lead: true, crowd: true, leadSigns: false} {
		if Rival(i) != name && (i == always || i == lead || i == crowd || i == leadSigns) {
			t.Errorf("%s tells of rivals: %v", signName(i), Rival(i))
		}
	}
}

func TestSigns(t *testing.T) {
	f := Features{alike: 0.5}
	alone := SignsOf([]float64{3}, 0, f)
	if alone[lead] != mostLead || alone[belief] != 1 || alone[crowd] != 0 || alone[leadSigns+alike] != 0.5 {
		t.Errorf("alone %v", alone)
	}
	scores := []float64{3, 1, 3}
	first, last := SignsOf(scores, 0, f), SignsOf(scores, 1, f)
	if first[lead] != 0 || last[lead] != -2 || last[leadRoot] != 0 {
		t.Errorf("leads %v and %v", first[lead], last[lead])
	}
	sum := 0.0
	for i := range scores {
		sum += SignsOf(scores, i, f)[belief]
	}
	if math.Abs(sum-1) > 1e-9 {
		t.Errorf("beliefs add up to %v", sum)
	}
	far := SignsOf([]float64{2000, -2000}, 1, f)
	for i, x := range far {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			t.Errorf("%s of a hopeless entry is %v", signName(i), x)
		}
	}
}

func TestFeatures(t *testing.T) {
	lex, err := text.Default()
	if err != nil {
		t.Fatal(err)
	}
	of := func(message, wording string) Features {
		tokens := lex.Tokens(message, 0)
		p := newProbe(kindOf(tokens), unitsOf(tokens), func(string) float64 { return 0.5 })
		return p.wording(unitsOf(lex.Tokens(wording, 0)))
	}
	near := func(name string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	same := of("居住证如何申办", "居住证怎么申办")
	for _, i := range []int{alike, mineUnits, theirUnits, minePairs, theirPairs, mineOrder, theirOrder, content, stops} {
		near(featureNames[i]+" of the same", same[i], 1)
	}
	near("missing of the same", same[mineRarest]+same[theirRarest]+same[longer]+same[shorter]+same[numbers]+same[negation], 0)

	part := of("居住证", "居住证挂失")
	near("mine", part[mineUnits], 1)
	near("theirs", part[theirUnits], 0.6)
	near("their rarest", part[theirRarest], 0.5)
	near("longer", part[longer], math.Log(6.0/4))

	near("order", of("甲乙丙丁", "丁丙乙甲")[mineOrder], 0.25)
	near("twice in one, once in the other", of("证证", "证")[mineUnits], 0.5)
	near("numbers", of("满18岁", "满16岁")[numbers], 2)
	near("a denial", of("转账不到账", "转账到账")[negation], 1)
	near("a question is no denial", of("算不算工伤", "算工伤")[negation], 0)
	near("tail", of("本地户口转移", "外地户口转移")[tail], 5.0/6)
	near("head", of("保险转移", "保险注销")[head], 2.0/6)
	near("nothing", of("居住证", "")[alike], 0)
}

// The cutter gives what a fresh cut would give, whatever it keeps.
func TestCutterFollowsRevisions(t *testing.T) {
	lex, err := text.Default()
	if err != nil {
		t.Fatal(err)
	}
	c := newCutter(lex)
	e := Entry{ID: 1, Revision: 1, Content: Content{Question: "居住证", Answer: "到窗口"}}
	if got := c.cut(e); len(got.wordings[0]) != 3 || len(got.answer) != 3 {
		t.Errorf("cut %+v", got)
	}
	e.Revision, e.Question = 2, "居住"
	if got := c.cut(e); len(got.wordings[0]) != 2 {
		t.Errorf("new revision is cut as %+v", got)
	}
	long := strings.Repeat("证", maxAnswerRunes)
	for id := range EntryID(maxPrepared/maxAnswerRunes + 10) {
		c.cut(Entry{ID: id, Revision: 1, Content: Content{Question: "居住证", Answer: long}})
	}
	size := 0
	for _, p := range c.kept {
		size += p.size()
	}
	if size != c.size || size > maxPrepared {
		t.Errorf("keeps %d units and counts %d, want at most %d", size, c.size, maxPrepared)
	}
}

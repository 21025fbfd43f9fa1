package index

import (
	"strconv"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/whitespace"
	"github.com/blevesearch/bleve/v2/mapping"
	bindex "github.com/blevesearch/bleve_index_api"

	"replydesk/faq"
	"replydesk/faq/text"
)

// format is part of every index folder's fingerprint: raise it when what is
// indexed changes.
const format = "1"

// Fields of a document. A published entry's wordings and answer stand in other
// fields than those of a draft or a retired entry, so that citizens' questions
// neither find nor count the latter.
const (
	fieldUnits  = "u" // characters and words of one wording
	fieldPairs  = "p" // neighbours of one wording
	fieldAnswer = "a" // content terms of the answer
	fieldShelf  = "s" // neighbours and units of an entry that is not published
	fieldCode   = "c" // the folded code of any entry
)

// maxAnswerRunes is how much of an answer is indexed; what an answer is about
// stands in its first part.
const maxAnswerRunes = 2000

// analyzer is the name of the only analyzer: texts come already cut.
const analyzer = "terms"

// newMapping declares the fields. Terms are made by faq/text and joined by
// spaces, so Bleve's own analysis only has to cut at spaces.
func newMapping() (mapping.IndexMapping, error) {
	m := bleve.NewIndexMapping()
	if err := m.AddCustomAnalyzer(analyzer, map[string]any{
		"type": custom.Name, "tokenizer": whitespace.Name,
	}); err != nil {
		return nil, err
	}
	m.DefaultAnalyzer = analyzer
	m.ScoringModel = bindex.BM25Scoring // tf-idf unless told
	m.IndexDynamic, m.StoreDynamic, m.DocValuesDynamic = false, false, false
	doc := bleve.NewDocumentStaticMapping()
	doc.AddSubDocumentMapping("_all", bleve.NewDocumentDisabledMapping())
	for _, name := range []string{fieldUnits, fieldPairs, fieldAnswer, fieldShelf, fieldCode} {
		f := bleve.NewTextFieldMapping()
		f.Analyzer = analyzer
		f.Store, f.IncludeTermVectors, f.IncludeInAll, f.DocValues = false, false, false, false
		doc.AddFieldMappingsAt(name, f)
	}
	m.DefaultMapping = doc
	return m, nil
}

// document is what one id of the index holds.
type document struct {
	id     string
	fields map[string]any
}

// documents cuts an entry into one document a wording and, when there is an
// answer, one for the answer.
func documents(lex *text.Lexicon, e faq.Entry) []document {
	out := make([]document, 0, len(e.Similar)+2)
	add := func(fields map[string]any) {
		out = append(out, document{id: docID(e.ID, e.Revision, len(out)), fields: fields})
	}
	code := lex.Key(e.Code)
	for i, wording := range e.Wordings() {
		units := lex.Tokens(wording, faq.MaxQuestion)
		fields := map[string]any{}
		if e.State == faq.Published {
			fields[fieldUnits], fields[fieldPairs] = join(units), join(text.Pairs(units))
		} else {
			fields[fieldShelf] = join(units) + " " + join(text.Pairs(units))
		}
		if i == 0 && code != "" {
			fields[fieldCode] = code
		}
		add(fields)
	}
	if e.State == faq.Published && e.Answer != "" {
		add(map[string]any{fieldAnswer: join(text.AnswerTerms(lex.Cut(e.Answer, maxAnswerRunes)))})
	}
	return out
}

func join(tokens []text.Token) string {
	var b strings.Builder
	for i, t := range tokens {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(t.Term)
	}
	return b.String()
}

// docID names one document: entry, revision and place within the entry. Ids
// tell all there is to know about what the index holds.
func docID(entry faq.EntryID, revision int64, place int) string {
	return entry.String() + "/" + strconv.FormatInt(revision, 10) + "/" + strconv.Itoa(place)
}

// parseID is the inverse of docID.
func parseID(id string) (entry faq.EntryID, revision int64, place int, ok bool) {
	a, rest, _ := strings.Cut(id, "/")
	b, c, _ := strings.Cut(rest, "/")
	e, err1 := strconv.ParseInt(a, 10, 64)
	r, err2 := strconv.ParseInt(b, 10, 64)
	p, err3 := strconv.Atoi(c)
	return faq.EntryID(e), r, p, err1 == nil && err2 == nil && err3 == nil
}

package diag

import "github.com/laspc/lasp/lang/source"

// JSON is the form in which a diagnostic goes to machines.
type JSON struct {
	Code      Code          `json:"code"`
	Severity  string        `json:"severity"`
	File      string        `json:"file"`
	Line      int           `json:"line"`
	Column    int           `json:"column"`
	EndLine   int           `json:"end_line"`
	EndColumn int           `json:"end_column"`
	Title     string        `json:"title"`
	Message   string        `json:"message"`
	Label     string        `json:"label,omitempty"`
	Help      string        `json:"help,omitempty"`
	Related   []JSONRelated `json:"related,omitempty"`
	Blame     []JSONBlame   `json:"blame"`
	Fixes     []JSONFix     `json:"fixes"`
}

// JSONRelated is another place that a diagnostic speaks of.
type JSONRelated struct {
	source.Position
	Text string `json:"text"`
}

// JSONBlame is one step of a blame path; Text begins with the name it is about.
type JSONBlame struct {
	source.Position
	Text string `json:"text"`
}

// JSONFix is a way out with the edits that make it. Where a diagnostic has no
// ways out, its help is the only one, so that whoever reads fixes alone learns what to do.
type JSONFix struct {
	Title string     `json:"title"`
	Cost  string     `json:"cost"`
	Edits []JSONEdit `json:"edits"`
}

// JSONEdit replaces the text between two places by New.
type JSONEdit struct {
	source.Position
	EndLine   int    `json:"end_line"`
	EndColumn int    `json:"end_column"`
	New       string `json:"new"`
}

// ToJSON converts diagnostics; the result is never nil.
func ToJSON(ds []Diagnostic) []JSON {
	out := make([]JSON, 0, len(ds))
	for i := range ds {
		out = append(out, toJSON(&ds[i]))
	}
	return out
}

func toJSON(d *Diagnostic) JSON {
	pos, end := d.Span.Position(), d.Span.EndPosition()
	j := JSON{
		Code: d.Code, Severity: d.Severity.String(), File: pos.File,
		Line: pos.Line, Column: pos.Column, EndLine: end.Line, EndColumn: end.Column,
		Title: d.Title, Message: d.Message, Label: d.Label, Help: d.Help,
		Blame: []JSONBlame{}, Fixes: []JSONFix{},
	}
	if j.Message == "" {
		j.Message = d.Label
	}
	for _, r := range d.Related {
		j.Related = append(j.Related, JSONRelated{r.Span.Position(), r.Text})
	}
	for _, b := range d.Blame {
		j.Blame = append(j.Blame, JSONBlame{b.Span.Position(), b.Name + ": " + b.Text})
	}
	for _, f := range d.Fixes {
		fix := JSONFix{Title: f.Title, Cost: f.Cost, Edits: []JSONEdit{}}
		for _, e := range f.Edits {
			end := e.Span.EndPosition()
			fix.Edits = append(fix.Edits, JSONEdit{e.Span.Position(), end.Line, end.Column, e.New})
		}
		j.Fixes = append(j.Fixes, fix)
	}
	if len(j.Fixes) == 0 && d.Help != "" {
		j.Fixes = append(j.Fixes, JSONFix{Title: d.Help, Edits: []JSONEdit{}})
	}
	return j
}

package api

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/value"
)

// shown is a value with its name. Text is there instead of Value when the
// caller asks for `?form=text`.
type shown struct {
	Show  string       `json:"show,omitempty"`
	Cell  string       `json:"cell,omitempty"`
	Class string       `json:"class,omitempty"`
	Type  string       `json:"type,omitempty"`
	Value *value.Value `json:"value,omitempty"`
	Text  string       `json:"text,omitempty"`
}

func (s shown) with(req *http.Request, v value.Value) shown {
	if req.URL.Query().Get("form") == "text" {
		s.Text = v.String()
	} else {
		s.Value = &v
	}
	return s
}

// findShow finds a show by name; `errors` and `conflicts` are shown by every
// program.
func findShow(p *ir.Program, name string) (*ir.Show, error) {
	var names []string
	for _, sh := range p.Shows {
		if sh.Name == name {
			return sh, nil
		}
		names = append(names, sh.Name)
	}
	if ir.SystemCell(name) != "" {
		return &ir.Show{Name: name, Class: "eventual"}, nil
	}
	hint := "it shows nothing"
	if len(names) > 0 {
		hint = "it shows " + strings.Join(names, ", ")
	}
	for _, o := range p.Outputs {
		if o.Name == name {
			hint = "it is an output: `laspc watch --output " + name + "`, GET /v1/outputs/" + name
		}
	}
	return nil, refuse(http.StatusNotFound, "L0602", "the program shows nothing named %q", name).hint(hint)
}

// read evaluates a show.
func (s *server) read(req *http.Request, sh *ir.Show) (v value.Value, err error) {
	v, _, err = s.node.View(req.Context(), sh.Name)
	return v, err
}

func (s *server) shows(w http.ResponseWriter, req *http.Request) error {
	p, err := s.program()
	if err != nil {
		return err
	}
	all := []shown{}
	for _, sh := range p.Shows {
		v, err := s.read(req, sh)
		if err != nil {
			return err
		}
		all = append(all, shown{Show: sh.Name, Class: sh.Class}.with(req, v))
	}
	return writeJSON(w, map[string]any{"shows": all})
}

func (s *server) show(w http.ResponseWriter, req *http.Request) error {
	p, err := s.program()
	if err != nil {
		return err
	}
	sh, err := findShow(p, req.PathValue("name"))
	if err != nil {
		return err
	}
	v, err := s.read(req, sh)
	if err != nil {
		return err
	}
	return writeJSON(w, shown{Show: sh.Name, Class: sh.Class}.with(req, v))
}

func (s *server) cell(w http.ResponseWriter, req *http.Request) error {
	p, err := s.program()
	if err != nil {
		return err
	}
	name := req.PathValue("name")
	for _, cell := range p.Cells {
		if cell.Name != name && !strings.HasPrefix(cell.Name, name+".") {
			continue // of a cell that is made of several the view is asked for as a whole
		}
		v, _, err := s.node.View(req.Context(), name)
		if err != nil {
			return err
		}
		typ := cell.Kind
		for _, l := range p.Lets {
			if l.Name == name {
				typ = l.View.Type
			}
		}
		return writeJSON(w, shown{Cell: name, Type: typ.String()}.with(req, v))
	}
	return refuse(http.StatusNotFound, "L0602", "the program has no cell %q", name)
}

// query evaluates an expression on what this node holds.
func (s *server) query(w http.ResponseWriter, req *http.Request) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxInput))
	if err != nil {
		return err
	}
	var q struct {
		Expr string `json:"expr"`
	}
	if err := json.Unmarshal(body, &q); err != nil || q.Expr == "" {
		return refuse(http.StatusBadRequest, "L0607", `the body must be {"expr": "..."}`)
	}
	p, err := s.program()
	if err != nil {
		return err
	}
	code, err := compile(p, q.Expr)
	if err != nil {
		return err
	}
	v, err := s.node.Query(req.Context(), p, code)
	if err != nil {
		return err
	}
	out := shown{}
	if code.Type != nil {
		out.Type = code.Type.String()
	}
	return writeJSON(w, out.with(req, v))
}

// compile turns the text of a query into code; its first error is the answer's.
func compile(p *ir.Program, text string) (*ir.Expr, error) {
	code, ds, err := lasp.CompileQuery(p, text)
	for _, d := range ds {
		if d.Severity == diag.Error {
			e := refuse(http.StatusUnprocessableEntity, string(d.Code), "%s", strings.TrimSuffix(d.Title+": "+d.Message, ": "))
			return nil, e.hint(d.Help)
		}
	}
	if err != nil {
		return nil, refuse(http.StatusUnprocessableEntity, "L0608", "the query is refused: %v", err)
	}
	return code, nil
}

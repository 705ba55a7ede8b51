package ir

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// hasher writes nodes and code by what they are: a node by the hash of its
// operator, code and inputs, a cell by deployment, name and kind, a function by
// its body. Positions, local names and values of parameters are not in it, so
// equal sub-graphs have equal hashes and an unchanged one keeps its hash when
// the program around it changes.
type hasher struct {
	p   *Program
	rec map[int]int // Rec nodes of the recursions being hashed, to their place
	fns map[int]int // functions being written, in order of appearance
}

func (h *hasher) cell(i int) string {
	c := h.p.Cells[i]
	return fmt.Sprintf("<%s %s %s>", quote(h.p.Name), quote(c.Name), c.Kind)
}

func (h *hasher) view(v *View) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%x", h.node(v.Node))
	for _, k := range v.Keys {
		fmt.Fprintf(&b, " %x", h.node(k))
	}
	if v.Closed >= 0 {
		fmt.Fprintf(&b, " closed %x", h.node(v.Closed))
	}
	return b.String()
}

// node is the hash of a node; of a Rec its place in the recursion.
func (h *hasher) node(id int) [32]byte {
	if place, ok := h.rec[id]; ok {
		return sha256.Sum256([]byte(fmt.Sprintf("rec %d", place)))
	}
	return h.p.Nodes[id].Hash
}

// fn writes a function by its body the first time, by its number afterwards.
func (h *hasher) fn(n int) string {
	if i, ok := h.fns[n]; ok {
		return fmt.Sprintf("#%d", i)
	}
	h.fns[n] = len(h.fns)
	w := &printer{p: h.p, bare: h}
	fn := h.p.Funcs[n]
	w.f("%d params %d: %s {", h.fns[n], fn.Params, typeText(fn.Type))
	w.code(fn.Body, nil)
	w.f("}")
	return w.b.String()
}

// sum hashes what a node is.
func (h *hasher) sum(n *Node) [32]byte {
	h.fns = map[int]int{}
	w := &printer{p: h.p, bare: h}
	w.f("%s", nodeNames[n.Kind])
	for _, in := range n.In {
		w.f(" %x", h.node(in))
	}
	w.body(n)
	if n.Type != nil {
		w.f(" : %s", typeText(n.Type))
	}
	for _, c := range n.Cols {
		w.f(" %s", typeText(c))
	}
	return sha256.Sum256([]byte(w.b.String()))
}

// rehash computes the hashes of all nodes and the identities of handlers.
// Inside a recursion nodes are hashed relative to it; a Fix has the hash of its
// whole recursion, and its Rec and body nodes that of the Fix and their own.
func rehash(p *Program) {
	h := &hasher{p: p, rec: map[int]int{}}
	inBody := make([]bool, len(p.Nodes))
	for _, n := range p.Nodes {
		for _, id := range n.Body {
			inBody[id] = true
		}
	}
	for _, n := range p.Nodes {
		if n.Kind == Rec {
			continue // with its Fix
		}
		if n.Kind != Fix {
			if !inBody[n.ID] {
				n.Hash = h.sum(n)
			}
			continue
		}
		h.fix(n)
	}
	for _, hd := range p.Handlers {
		if hd.Kind == When {
			hd.ID = h.handler(hd)
		}
	}
}

// fix hashes one recursion: all of its Fix nodes when the first is reached.
func (h *hasher) fix(n *Node) {
	peers := n.Peers
	if len(peers) == 0 {
		peers = []int{n.ID}
	}
	if peers[0] != n.ID {
		return
	}
	for i, id := range peers {
		h.rec[h.p.Nodes[id].Rec] = i
	}
	for _, id := range n.Body {
		m := h.p.Nodes[id]
		m.Hash = h.sum(m)
	}
	all := ""
	for _, id := range peers {
		all += fmt.Sprintf(" %x", h.p.Nodes[h.p.Nodes[id].In[0]].Hash)
	}
	for i, id := range peers {
		fix := h.p.Nodes[id]
		fix.Hash = sha256.Sum256([]byte(fmt.Sprintf("fix %d limit %d%s", i, fix.Limit, all)))
		delete(h.rec, fix.Rec)
		h.p.Nodes[fix.Rec].Hash = sha256.Sum256([]byte(fmt.Sprintf("rec of %x", fix.Hash)))
	}
	for _, id := range n.Body {
		m := h.p.Nodes[id]
		m.Hash = sha256.Sum256([]byte(fmt.Sprintf("%x in %x", m.Hash, h.p.Nodes[peers[0]].Hash)))
	}
}

// handler is the identity of a `when` or top-level `for`: what its head is, and
// what its body does with which cells and derived definitions.
func (h *hasher) handler(hd *Handler) (id [16]byte) {
	h.fns = map[int]int{}
	w := &printer{p: h.p, bare: h}
	w.f("when %x (", h.node(hd.Head))
	for _, t := range hd.HeadTypes {
		w.f("%s,", typeText(t))
	}
	w.f(") ")
	w.pattern(hd.HeadPat)
	w.f(" writer %s\n", quote(hd.Writer))
	w.stmts(hd.Body, 0)
	sum := sha256.Sum256([]byte(w.b.String()))
	copy(id[:], sum[:])
	return id
}

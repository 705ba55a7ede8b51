package ast

// DocOf is the documentation comment of a declaration, "" where it has none.
func DocOf(d Decl) string {
	switch d := d.(type) {
	case *CellDecl:
		return d.Doc
	case *ParamDecl:
		return d.Doc
	case *InputDecl:
		return d.Doc
	case *OutputDecl:
		return d.Doc
	case *LetDecl:
		return d.Doc
	case *FnDecl:
		return d.Doc
	case *TypeDecl:
		return d.Doc
	case *LatticeDecl:
		return d.Doc
	case *InvariantDecl:
		return d.Doc
	case *OnDecl:
		return d.Doc
	case *WhenDecl:
		return d.Doc
	case *ForDecl:
		return d.Doc
	case *AssumeDecl:
		return d.Doc
	case *ShowDecl:
		return d.Doc
	}
	return ""
}

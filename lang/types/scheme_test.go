package types

import "testing"

func TestParseScheme(t *testing.T) {
	s, err := ParseScheme("[T, A](s: Stream[T], init: A, step: (A, T) -> A) -> Stream[A]")
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Vars) != 2 || len(s.Params) != 3 || s.Params[2].Name != "step" {
		t.Fatalf("parsed as %+v", s)
	}
	if got := s.Params[2].Type.String(); got != "(A, T) -> A" {
		t.Errorf("the step has type %s", got)
	}
	params, result := s.Instantiate()
	params[0].Args[0].Var.Is = Int
	params[1].Var.Is = String
	if got := params[2].String(); got != "(String, Int) -> String" {
		t.Errorf("instances share their variables: %s", got)
	}
	if got := result.String(); got != "Stream[String]" {
		t.Errorf("result is %s", got)
	}
	if got := s.Result.String(); got != "Stream[A]" {
		t.Errorf("the scheme itself was bound: %s", got)
	}
}

func TestParseSchemeShapes(t *testing.T) {
	for sig, want := range map[string]string{
		"() -> Node":                                "Node",
		"(x: Int) -> (Int, String)":                 "(Int, String)",
		"(f: Int -> Int -> Int) -> Bool":            "Bool",
		"[K, V](m: Map[K, V]) -> Set[(K, V)]":       "Set[(K, V)]",
		"[T](s: Set[T], f: T -> Set[T]) -> Set[T]":  "Set[T]",
		"[T]( s : List[ T ] )  ->  Option[List[T]]": "Option[List[T]]",
	} {
		s, err := ParseScheme(sig)
		if err != nil {
			t.Errorf("%s: %v", sig, err)
		} else if got := s.Result.String(); got != want {
			t.Errorf("%s: result %s, want %s", sig, got, want)
		}
	}
	for _, bad := range []string{"", "(x Int) -> Int", "(x: Int)", "(x: Int) -> Int Int", "[T(x: T) -> T", "(x: Set[Int) -> Int", "(: Int) -> Int"} {
		if _, err := ParseScheme(bad); err == nil {
			t.Errorf("%q is not a scheme", bad)
		}
	}
}

func TestParseTypeWithParameters(t *testing.T) {
	got, err := ParseType("Map[K, Set[V]]", map[string]*Type{"K": String, "V": Int})
	if err != nil || got.String() != "Map[String, Set[Int]]" {
		t.Errorf("got %v, %v", got, err)
	}
}

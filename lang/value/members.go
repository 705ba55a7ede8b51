package value

// maxMemberDepth bounds how deep a member that Members accepts is nested.
const maxMemberDepth = 1000

// Members calls f with the names and the texts of the members of a JSON object,
// in order, without decoding them; both are parts of data. It reports whether
// data is one such object and f never returned false. Names with escapes are
// left to a full decoder: they are refused, as is whatever is no JSON or is
// nested more than 1,000 deep. Members may have been seen before that is known.
func Members(data []byte, f func(name, text []byte) bool) bool {
	s := jsonScan{data: data}
	if !s.take('{') {
		return false
	}
	if s.take('}') {
		return s.end()
	}
	for {
		name, ok := s.name()
		if !ok || !s.take(':') {
			return false
		}
		s.space()
		start := s.at
		if !s.value(0) || !f(name, data[start:s.at]) {
			return false
		}
		if s.take(',') {
			continue
		}
		return s.take('}') && s.end()
	}
}

// Items is Members of a JSON array: f gets the texts of its items.
func Items(data []byte, f func(text []byte) bool) bool {
	s := jsonScan{data: data}
	if !s.take('[') {
		return false
	}
	if s.take(']') {
		return s.end()
	}
	for {
		s.space()
		start := s.at
		if !s.value(0) || !f(data[start:s.at]) {
			return false
		}
		if s.take(',') {
			continue
		}
		return s.take(']') && s.end()
	}
}

// PlainText returns what is between the quotes of a JSON string that is ASCII
// without escapes; a full decoder would give the same. The result is part of
// text.
func PlainText(text []byte) (s []byte, ok bool) {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return nil, false
	}
	s = text[1 : len(text)-1]
	for _, c := range s {
		if c < ' ' || c >= 0x7f || c == '\\' || c == '"' {
			return nil, false
		}
	}
	return s, true
}

// jsonScan finds where values of JSON end, and accepts no other text.
type jsonScan struct {
	data []byte
	at   int
}

func (s *jsonScan) space() {
	for s.at < len(s.data) && (s.data[s.at] == ' ' || s.data[s.at] == '\t' || s.data[s.at] == '\n' || s.data[s.at] == '\r') {
		s.at++
	}
}

// take accepts c if it is next, after space.
func (s *jsonScan) take(c byte) bool {
	s.space()
	if s.at < len(s.data) && s.data[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *jsonScan) end() bool {
	s.space()
	return s.at == len(s.data)
}

func (s *jsonScan) name() ([]byte, bool) {
	s.space()
	start := s.at
	if !s.text() {
		return nil, false
	}
	return PlainText(s.data[start:s.at])
}

// value accepts any value.
func (s *jsonScan) value(depth int) bool {
	s.space()
	if s.at == len(s.data) || depth > maxMemberDepth {
		return false
	}
	switch s.data[s.at] {
	case '"':
		return s.text()
	case '{':
		return s.list('}', depth, func() bool { return s.take('"') && s.back() && s.text() && s.take(':') && s.value(depth+1) })
	case '[':
		return s.list(']', depth, func() bool { return s.value(depth + 1) })
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	}
	return s.number()
}

// back goes one byte back.
func (s *jsonScan) back() bool {
	s.at--
	return true
}

// list accepts things with commas between them, up to a bracket.
func (s *jsonScan) list(end byte, depth int, thing func() bool) bool {
	s.at++
	if s.take(end) {
		return true
	}
	for thing() {
		if s.take(end) {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
	return false
}

func (s *jsonScan) word(w string) bool {
	if len(s.data)-s.at < len(w) || string(s.data[s.at:s.at+len(w)]) != w {
		return false
	}
	s.at += len(w)
	return true
}

// text accepts a string.
func (s *jsonScan) text() bool {
	if s.at == len(s.data) || s.data[s.at] != '"' {
		return false
	}
	for s.at++; s.at < len(s.data); s.at++ {
		switch c := s.data[s.at]; {
		case c == '"':
			s.at++
			return true
		case c < ' ':
			return false
		case c == '\\' && !s.escape():
			return false
		}
	}
	return false
}

// escape accepts an escape in a string and stays at its last byte.
func (s *jsonScan) escape() bool {
	if s.at++; s.at == len(s.data) {
		return false
	}
	switch s.data[s.at] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		for range 4 {
			if s.at++; s.at == len(s.data) || !isHex(s.data[s.at]) {
				return false
			}
		}
		return true
	}
	return false
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// number accepts a number.
func (s *jsonScan) number() bool {
	s.sign("-")
	if s.at < len(s.data) && s.data[s.at] == '0' {
		s.at++
	} else if !s.digits() {
		return false
	}
	if s.at < len(s.data) && s.data[s.at] == '.' {
		if s.at++; !s.digits() {
			return false
		}
	}
	if s.at < len(s.data) && (s.data[s.at] == 'e' || s.data[s.at] == 'E') {
		s.at++
		s.sign("+-")
		return s.digits()
	}
	return true
}

func (s *jsonScan) sign(signs string) {
	if s.at < len(s.data) && (s.data[s.at] == signs[0] || s.data[s.at] == signs[len(signs)-1]) {
		s.at++
	}
}

// digits accepts one digit or more.
func (s *jsonScan) digits() bool {
	start := s.at
	for s.at < len(s.data) && '0' <= s.data[s.at] && s.data[s.at] <= '9' {
		s.at++
	}
	return s.at > start
}

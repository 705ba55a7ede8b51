package codec

// The functions below write the parts of a struct by hand, as Marshal would: for
// forms that are written so often that reflection is felt. A map is followed by
// its keys, in order, each with its value.

// AppendMap writes the head of a map of n keys.
func AppendMap(dst []byte, n int) []byte { return appendHead(dst, majorMap, uint64(n)) }

// AppendArray writes the head of an array of n elements.
func AppendArray(dst []byte, n int) []byte { return appendHead(dst, majorArray, uint64(n)) }

// AppendUint writes a number, or a key.
func AppendUint(dst []byte, n uint64) []byte { return appendHead(dst, majorUint, n) }

// AppendInt writes a number of either sign.
func AppendInt(dst []byte, n int64) []byte { return appendInt(dst, n) }

// AppendText writes a text.
func AppendText(dst []byte, s string) []byte {
	return append(appendHead(dst, majorText, uint64(len(s))), s...)
}

// AppendBytes writes a byte string; one that is nil is null, as for Marshal.
func AppendBytes(dst []byte, b []byte) []byte {
	if b == nil {
		return append(dst, simpleNull)
	}
	return append(appendHead(dst, majorBytes, uint64(len(b))), b...)
}

// AppendBool writes true or false.
func AppendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, simpleTrue)
	}
	return append(dst, simpleFalse)
}

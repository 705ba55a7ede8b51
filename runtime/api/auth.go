package api

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Role is what a token allows; each role allows what those before it do.
type Role int

// The roles.
const (
	None Role = iota
	Read
	Write
	Deploy
	Admin
)

var roleNames = [...]string{"none", "read", "write", "deploy", "admin"}

// String is the role's name.
func (r Role) String() string { return roleNames[r] }

// Roles lists the roles that tokens are made for.
func Roles() []Role { return []Role{Read, Write, Deploy, Admin} }

// NewToken makes a secret token.
func NewToken() string { return "lasp-" + strings.ToLower(rand.Text()) }

// Tokens are the tokens that a node takes, as hashes: whoever reads a node's
// files does not learn them.
type Tokens struct{ rows []tokenRow }

type tokenRow struct {
	role Role
	hash [sha256.Size]byte
}

// TokenLine is the line of a node's file of tokens that lets token in.
func TokenLine(role Role, token string) string {
	sum := sha256.Sum256([]byte(token))
	return role.String() + " " + hex.EncodeToString(sum[:]) + "\n"
}

// ReadTokens reads lines as TokenLine makes them.
func ReadTokens(r io.Reader) (Tokens, error) {
	var t Tokens
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		name, sum, _ := strings.Cut(text, " ")
		row := tokenRow{}
		for _, role := range Roles() {
			if role.String() == name {
				row.role = role
			}
		}
		b, err := hex.DecodeString(sum)
		if row.role == None || err != nil || len(b) != len(row.hash) {
			return Tokens{}, fmt.Errorf("line %d is not \"ROLE HASH\" with a role of read, write, deploy, admin and a SHA-256 in hexadecimal digits", n)
		}
		copy(row.hash[:], b)
		t.rows = append(t.rows, row)
	}
	return t, lines.Err()
}

// allow checks the token of a request.
func (t Tokens) allow(req *http.Request, role Role) error {
	token, ok := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	if !ok || token == "" {
		return refuse(http.StatusUnauthorized, "L0610", "this call needs a token").hint("send `Authorization: Bearer TOKEN`; `laspc cluster up` wrote one into the context")
	}
	sum := sha256.Sum256([]byte(token))
	has := None
	for _, row := range t.rows {
		if subtle.ConstantTimeCompare(sum[:], row.hash[:]) == 1 {
			has = max(has, row.role)
		}
	}
	switch {
	case has == None:
		return refuse(http.StatusUnauthorized, "L0610", "the token is not one of this cluster").hint("use the context or --token-file of the cluster that the node belongs to")
	case has < role:
		return refuse(http.StatusForbidden, "L0610", "the token allows %s, this call needs %s", has, role)
	}
	return nil
}

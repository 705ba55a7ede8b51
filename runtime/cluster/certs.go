package cluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The files of a node's TLS directory. The key of the authority is not among
// them: it stays with whoever makes certificates.
const (
	CAFile     = "ca.crt"
	CertFile   = "node.crt"
	KeyFile    = "node.key"
	GossipFile = "gossip.key"
	caKeyFile  = "ca.key"
)

const (
	caLifetime   = 10 * 365 * 24 * time.Hour
	nodeLifetime = 2 * 365 * 24 * time.Hour
	clockSlack   = time.Hour // a node's clock may lag behind that of the authority
)

// Authority signs the certificates of the nodes of one cluster.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

// NewAuthority makes an authority for the cluster name and stores it in dir.
func NewAuthority(dir, name string) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial(),
		Subject:               pkix.Name{CommonName: "lasp cluster " + name},
		NotBefore:             time.Now().Add(-clockSlack),
		NotAfter:              time.Now().Add(caLifetime),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	a := &Authority{key: key, pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	return a, errors.Join(
		os.MkdirAll(dir, 0o700),
		os.WriteFile(filepath.Join(dir, CAFile), a.pem, 0o600),
		writeKey(filepath.Join(dir, caKeyFile), key))
}

// LoadAuthority reads an authority that NewAuthority stored.
func LoadAuthority(dir string) (*Authority, error) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, CAFile), filepath.Join(dir, caKeyFile))
	if err != nil {
		return nil, fmt.Errorf("cannot read the certificate authority in %s: %w", dir, err)
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("the key of the certificate authority in %s is not one of lasp", dir)
	}
	a := &Authority{key: key, pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})}
	a.cert, err = x509.ParseCertificate(pair.Certificate[0])
	return a, err
}

// Issue makes the certificate of a node and stores it, with the authority's own
// certificate, in dir. The addresses are those of its API besides loopback.
func (a *Authority) Issue(dir, node string, addresses ...net.IP) error {
	if err := CheckName(node); err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial(),
		Subject:      pkix.Name{CommonName: node},
		NotBefore:    time.Now().Add(-clockSlack),
		NotAfter:     time.Now().Add(nodeLifetime),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		URIs:         []*url.URL{nodeURI(node)},
		DNSNames:     []string{"localhost"},
		IPAddresses:  append([]net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, addresses...),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return err
	}
	return errors.Join(
		os.MkdirAll(dir, 0o700),
		os.WriteFile(filepath.Join(dir, CAFile), a.pem, 0o600),
		os.WriteFile(filepath.Join(dir, CertFile), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		writeKey(filepath.Join(dir, KeyFile), key))
}

// NewGossipKey makes the key that gossip is sealed with besides TLS.
func NewGossipKey() string {
	key := make([]byte, 32)
	rand.Read(key)
	return hex.EncodeToString(key)
}

// Credentials are what a node shows and what it asks of others.
type Credentials struct {
	Node    string // the name in its certificate
	Cluster string // fingerprint of the authority, which is the cluster's identity
	Gossip  []byte
	pair    tls.Certificate
	pool    *x509.CertPool
}

// LoadCredentials reads a node's TLS directory.
func LoadCredentials(dir string) (*Credentials, error) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, CertFile), filepath.Join(dir, KeyFile))
	if err != nil {
		return nil, fmt.Errorf("cannot read the node's certificate in %s (`laspc cluster up` makes one): %w", dir, err)
	}
	cert, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", filepath.Join(dir, CertFile), err)
	}
	c := &Credentials{pair: pair, pool: x509.NewCertPool()}
	if c.Node, err = nodeOf(cert); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, CertFile), err)
	}
	ca, err := os.ReadFile(filepath.Join(dir, CAFile))
	block, _ := pem.Decode(ca)
	if err != nil || block == nil || !c.pool.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("cannot read the cluster's authority in %s: %v", filepath.Join(dir, CAFile), err)
	}
	sum := sha256.Sum256(block.Bytes)
	c.Cluster = hex.EncodeToString(sum[:8])
	text, err := os.ReadFile(filepath.Join(dir, GossipFile))
	if err == nil {
		c.Gossip, err = hex.DecodeString(strings.TrimSpace(string(text)))
	}
	if err != nil || len(c.Gossip) != 32 {
		return nil, fmt.Errorf("%s does not hold a gossip key of 64 hexadecimal digits", filepath.Join(dir, GossipFile))
	}
	return c, nil
}

// API returns the configuration of the node's HTTP server. Callers show a token
// there, no certificate.
func (c *Credentials) API() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{c.pair}, MinVersion: tls.VersionTLS13}
}

func (c *Credentials) server() *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{c.pair},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    c.pool,
		MinVersion:   tls.VersionTLS13,
		NextProtos:   uses(),
	}
}

// client checks the chain itself, since a node is known by the name in its
// certificate and not by its address.
func (c *Credentials) client() *tls.Config {
	return &tls.Config{
		Certificates:       []tls.Certificate{c.pair},
		MinVersion:         tls.VersionTLS13,
		InsecureSkipVerify: true, // replaced by VerifyConnection, which checks the chain
		VerifyConnection: func(s tls.ConnectionState) error {
			if s.NegotiatedProtocol == "" {
				return errors.New("it does not speak the protocol of nodes (another version, or the address of the API)")
			}
			_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: c.pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
			return err
		},
	}
}

// CheckName refuses names that a node cannot have.
func CheckName(node string) error {
	// Names become names of files and arguments of commands.
	ok := node != "" && len(node) <= 64 && node[0] != '.' && node[0] != '-'
	for _, r := range node {
		ok = ok && (r == '-' || r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	}
	if !ok {
		return fmt.Errorf("%q cannot name a node: use 1 to 64 letters, digits, `-`, `_` and `.`, and begin with none of `-` and `.`", node)
	}
	return nil
}

func nodeURI(node string) *url.URL { return &url.URL{Scheme: "lasp", Host: "node", Path: "/" + node} }

// nodeOf returns the node's name that a certificate binds.
func nodeOf(cert *x509.Certificate) (string, error) {
	for _, u := range cert.URIs {
		if u.Scheme == "lasp" && u.Host == "node" && len(u.Path) > 1 {
			return u.Path[1:], nil
		}
	}
	return "", errors.New("the certificate is not that of a node")
}

func serial() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic("the system's random source failed: " + err.Error())
	}
	return n
}

func writeKey(path string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600)
}

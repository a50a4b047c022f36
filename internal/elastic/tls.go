package elastic

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
)

// TLSSettings are for addresses with https. The zero value trusts what the
// system trusts.
type TLSSettings struct {
	CAFile        string // PEM: the only authorities that are trusted
	CAFingerprint string // SHA-256 of the authority's certificate in hex, as Elasticsearch prints it at its first start; colons are allowed
	CertFile      string // PEM, with KeyFile: the client's certificate
	KeyFile       string
}

// errPin is what a server's certificate is refused with.
var errPin = errors.New("no certificate of the server has the fingerprint of ca_fingerprint")

// config reads the files.
func (s TLSSettings) config() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.CAFile != "" {
		pem, err := os.ReadFile(s.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read ca_file: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read ca_file: %s holds no certificate in PEM form", s.CAFile)
		}
	}
	if s.CertFile != "" || s.KeyFile != "" {
		pair, err := tls.LoadX509KeyPair(s.CertFile, s.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("read cert_file and key_file: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	if s.CAFingerprint != "" {
		pin, err := hex.DecodeString(strings.ReplaceAll(s.CAFingerprint, ":", ""))
		if err != nil || len(pin) != sha256.Size {
			return nil, errors.New("ca_fingerprint is no SHA-256 sum: it takes 64 hex digits")
		}
		c.InsecureSkipVerify = true // VerifyConnection does it, with the pinned authority for a root
		c.VerifyConnection = func(state tls.ConnectionState) error { return verifyPin(state, pin) }
	}
	return c, nil
}

// verifyPin accepts a chain that ends at the certificate with the fingerprint.
// The server's name is checked where it has one; for an address crypto/tls
// leaves ServerName empty.
func verifyPin(state tls.ConnectionState, pin []byte) error {
	opts := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), DNSName: state.ServerName}
	found := false
	for i, cert := range state.PeerCertificates {
		if sum := sha256.Sum256(cert.Raw); bytes.Equal(sum[:], pin) {
			if i == 0 {
				return nil // the server's own certificate: the handshake has proved its key
			}
			opts.Roots.AddCert(cert)
			found = true
		} else if i > 0 {
			opts.Intermediates.AddCert(cert)
		}
	}
	if !found {
		return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: errPin}
	}
	if _, err := state.PeerCertificates[0].Verify(opts); err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err}
	}
	return nil
}

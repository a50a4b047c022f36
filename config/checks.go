package config

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// The checks below say what is wrong with one value. They look at nothing else,
// but those of files, which must be there.

func checkFilled(text string) fault {
	if strings.TrimSpace(text) == "" {
		return fault{"is empty", ""}
	}
	return fault{}
}

// checkBroker wants host:port.
func checkBroker(text string) fault {
	host, port, err := net.SplitHostPort(text)
	switch {
	case strings.Contains(text, "://"):
		return fault{fmt.Sprintf("are host:port, no URLs: %q", text), `write it like "localhost:9092"`}
	case err != nil || host == "":
		return fault{fmt.Sprintf("are host:port: %q", text), `write it like "localhost:9092"`}
	case !isPort(port, 1):
		return fault{fmt.Sprintf("have no port %q", port), "a port is a number from 1 to 65535"}
	}
	return fault{}
}

// checkListen wants host:port, :port or nothing. Port 0 is any that is free.
func checkListen(text string) fault {
	if text == "" {
		return fault{}
	}
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return fault{fmt.Sprintf("is host:port: %q", text), `write it like "127.0.0.1:9600", or "" for no web server`}
	}
	if !isPort(port, 0) {
		return fault{fmt.Sprintf("has no port %q", port), "a port is a number up to 65535"}
	}
	return fault{}
}

func isPort(text string, least uint64) bool {
	port, err := strconv.ParseUint(text, 10, 16)
	return err == nil && port >= least
}

// checkURL wants the address of an HTTP server.
func checkURL(text string) fault {
	const suggestion = `write it like "http://localhost:9200"`
	u, err := url.Parse(text)
	switch {
	case err != nil || (u.Scheme != "http" && u.Scheme != "https"):
		return fault{"are http or https URLs", suggestion}
	case u.Hostname() == "" || (u.Port() != "" && !isPort(u.Port(), 1)):
		return fault{"are URLs with a host and, if need be, a port", suggestion}
	case u.User != nil:
		return fault{"take no user and password", "use the keys username and password"}
	case u.RawQuery != "" || u.Fragment != "":
		return fault{`take no "?" and no "#"`, suggestion}
	}
	return fault{}
}

// checkIndex refuses what Elasticsearch would.
func checkIndex(name string) fault {
	switch {
	case name == "":
		return fault{"is empty", ""}
	case len(name) > 255:
		return fault{fmt.Sprintf("is %d bytes long", len(name)), "Elasticsearch takes at most 255"}
	case name == "." || name == "..":
		return fault{fmt.Sprintf("cannot be %q", name), ""}
	case strings.ContainsAny(name[:1], "-_+"):
		return fault{fmt.Sprintf("begins with %q", name[:1]), "Elasticsearch takes no index that begins with - _ or +"}
	case strings.ToLower(name) != name:
		return fault{fmt.Sprintf("has capitals: %q", name), didYouMean(strings.ToLower(name))}
	}
	if i := strings.IndexAny(name, `\/*?"<>| ,#:`); i >= 0 {
		return fault{fmt.Sprintf("has a %q: %q", name[i:i+1], name), `Elasticsearch takes no \ / * ? " < > | space , # or : in it`}
	}
	return fault{}
}

// checkPath wants the path of a field: a or a.b.
func checkPath(path string) fault {
	for part := range strings.SplitSeq(path, ".") {
		if part == "" {
			return fault{fmt.Sprintf("is no path of a field: %q", path), `a path is written like "field" or "object.field"`}
		}
	}
	return fault{}
}

// checkKafkaName wants what Kafka takes as the name of a topic or a member.
func checkKafkaName(name string) fault {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
	foreign := func(c rune) bool { return !strings.ContainsRune(letters, c) }
	if name == "" || len(name) > 249 || name == "." || name == ".." || strings.IndexFunc(name, foreign) >= 0 {
		return fault{fmt.Sprintf("is no name that Kafka takes: %q", name), "1 to 249 letters, digits, dots, _ and -"}
	}
	return fault{}
}

// checkFingerprint wants a SHA-256 in hex, with or without colons.
func checkFingerprint(text string) fault {
	sum, err := hex.DecodeString(strings.ReplaceAll(text, ":", ""))
	if err != nil || len(sum) != 32 {
		return fault{"is no SHA-256 in hex", "it has 64 hex digits: openssl x509 -fingerprint -sha256 -noout -in http_ca.crt"}
	}
	return fault{}
}

// checkFile wants a file that can be read.
func checkFile(path string) fault {
	const suggestion = "check the path; a relative one starts at the working directory"
	file, err := os.Open(path)
	if err != nil {
		return fault{fmt.Sprintf("cannot be read: %q: %s", path, reason(err)), suggestion}
	}
	defer func() { _ = file.Close() }() // was only read
	if info, err := file.Stat(); err != nil || info.IsDir() {
		return fault{fmt.Sprintf("is a directory: %q", path), suggestion}
	}
	return fault{}
}

// checkPlace wants a path that a file can be made at.
func checkPlace(path string) fault {
	const suggestion = "name a file in a directory that exists"
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fault{fmt.Sprintf("is a directory: %q", path), suggestion}
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return fault{fmt.Sprintf("is in no directory that exists: %q", path), suggestion}
	}
	return fault{}
}

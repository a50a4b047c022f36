package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"sync"
)

// server is a broker's or a sink's process, which says things as JSON and ends with
// its standard input.
type server struct {
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *json.Decoder
	log  bytes.Buffer // its standard error; to be read once it has ended
	end  sync.Once
}

// startServer starts a process of this program, which ctx kills.
func startServer(ctx context.Context, s *settings, name string, args ...string) (*server, error) {
	args = append(append(append([]string{}, s.self[1:]...), name), args...)
	p := &server{name: name, cmd: exec.CommandContext(ctx, s.self[0], args...)} //nolint:gosec // this program itself
	p.cmd.Env = serverEnvironment()
	p.cmd.Stderr = &p.log
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start the %s: %w", name, err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the %s: %w", name, err)
	}
	p.out = json.NewDecoder(out)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the %s: %w", name, err)
	}
	return p, nil
}

// read reads what it says next, and blocks until it does. It ends the process
// where that has nothing to say.
func (p *server) read(into any) error {
	if err := p.out.Decode(into); err != nil {
		p.close()
		return fmt.Errorf("%s process: %w\n%s", p.name, err, p.log.Bytes())
	}
	return nil
}

// close ends the process, and waits for that. It may be called again, and while
// another goroutine reads.
func (p *server) close() {
	p.end.Do(func() {
		_ = p.in.Close() // the process may be gone
		_ = p.cmd.Wait() // its words have said what was wrong
	})
}

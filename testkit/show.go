package testkit

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/asynkron/protoactor-go/actor"
)

const (
	// maxShownBytes cuts the print of a message, which may carry whole batches.
	maxShownBytes = 300
	// maxShownDepth is how many pointers are followed; what lies deeper is often
	// another actor's.
	maxShownDepth = 3
)

// show is the type and the content of a message, in one line. PIDs are names; of a
// struct with something of package sync in it, which others may be about to change,
// only the type is shown.
func show(message any) string {
	p := printer{}
	p.print(reflect.ValueOf(message), maxShownDepth)
	text := p.String()
	if len(text) > maxShownBytes {
		text = text[:maxShownBytes] + "..."
	}
	if message == nil {
		return text
	}
	return strings.TrimSpace(reflect.TypeOf(message).String() + " " + text)
}

type printer struct{ strings.Builder }

func (p *printer) print(v reflect.Value, depth int) {
	if p.Len() > maxShownBytes || p.printNil(v) || p.printText(v) {
		return
	}
	switch v.Kind() {
	case reflect.Interface:
		p.print(v.Elem(), depth)
	case reflect.Pointer:
		p.printPointer(v, depth)
	case reflect.Struct:
		p.printStruct(v, depth)
	case reflect.Slice, reflect.Array:
		p.printList(v, depth)
	case reflect.Map:
		p.printMap(v, depth)
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		fmt.Fprintf(p, "(%s)", v.Type())
	case reflect.String:
		fmt.Fprintf(p, "%q", v.String())
	default:
		fmt.Fprintf(p, "%v", v)
	}
}

func (p *printer) printNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Invalid:
	case reflect.Interface, reflect.Pointer, reflect.Slice, reflect.Map, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		if !v.IsNil() {
			return false
		}
	default:
		return false
	}
	p.WriteString("nil")
	return true
}

// printText prints what has a text of its own.
func (p *printer) printText(v reflect.Value) bool {
	if !v.CanInterface() {
		return false
	}
	switch m := v.Interface().(type) {
	case *actor.PID:
		p.WriteString(name(m))
	case error, fmt.Stringer:
		fmt.Fprintf(p, "%v", m)
	case []byte:
		fmt.Fprintf(p, "%q", m)
	default:
		return false
	}
	return true
}

func (p *printer) printPointer(v reflect.Value, depth int) {
	if depth == 0 || isShared(v.Type().Elem()) {
		fmt.Fprintf(p, "(%s)", v.Type())
		return
	}
	p.WriteByte('&')
	p.print(v.Elem(), depth-1)
}

// isShared says whether a struct guards itself.
func isShared(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	for i := range t.NumField() {
		if pkg := t.Field(i).Type.PkgPath(); pkg == "sync" || pkg == "sync/atomic" {
			return true
		}
	}
	return false
}

func (p *printer) printStruct(v reflect.Value, depth int) {
	p.WriteByte('{')
	for i := range v.NumField() {
		if i > 0 {
			p.WriteByte(' ')
		}
		p.WriteString(v.Type().Field(i).Name + ":")
		p.print(v.Field(i), depth)
	}
	p.WriteByte('}')
}

func (p *printer) printList(v reflect.Value, depth int) {
	p.WriteByte('[')
	for i := 0; i < v.Len() && p.Len() <= maxShownBytes; i++ {
		if i > 0 {
			p.WriteByte(' ')
		}
		p.print(v.Index(i), depth)
	}
	p.WriteByte(']')
}

func (p *printer) printMap(v reflect.Value, depth int) {
	var entries []string
	for key, value := range v.Seq2() {
		var e printer
		e.print(key, depth)
		e.WriteByte(':')
		e.print(value, depth)
		entries = append(entries, e.String())
	}
	slices.Sort(entries)
	p.WriteString("map[" + strings.Join(entries, " ") + "]")
}

package config

import (
	"fmt"
	"math/big"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// resolver turns raw keys into values. Its readers leave their target, which has
// the default, alone where the key is not set. Those whose values are compared with
// others return false where they found a problem. A null is a problem: it would
// be a key that is set and has no value.
type resolver struct {
	found   *problems
	context *hcl.EvalContext
}

// fault is what is wrong with a value. The zero value is nothing.
type fault struct{ message, suggestion string }

// text reads a text that the checks have nothing against.
func (r *resolver) text(key *hcl.Attribute, into *string, checks ...func(string) fault) bool {
	return r.textLike("...", key, into, checks...)
}

// textLike is text, with an example for who writes something else.
func (r *resolver) textLike(like string, key *hcl.Attribute, into *string, checks ...func(string) fault) bool {
	if key == nil {
		return true
	}
	value, ok := r.value(key, cty.String, fmt.Sprintf("write %s = %q", key.Name, like))
	if !ok || !r.passes(key.Name, key.Expr.Range(), value.AsString(), checks) {
		return false
	}
	*into = value.AsString()
	return true
}

// passes adds the first fault that a check finds in a text.
func (r *resolver) passes(name string, place hcl.Range, text string, checks []func(string) fault) bool {
	for _, check := range checks {
		if f := check(text); f != (fault{}) {
			r.found.at(place, name+" "+f.message, f.suggestion)
			return false
		}
	}
	return true
}

// secret reads a text that is not to be seen.
func (r *resolver) secret(key *hcl.Attribute, into *Secret, checks ...func(string) fault) {
	var text string
	r.text(key, &text, checks...)
	*into = NewSecret(text)
}

// flag reads true or false.
func (r *resolver) flag(key *hcl.Attribute, into *bool) {
	if key == nil {
		return
	}
	suggestion := fmt.Sprintf("write %s = true or %s = false, without quotes", key.Name, key.Name)
	if value, ok := r.value(key, cty.Bool, suggestion); ok {
		*into = value.True()
	}
}

// Upper bounds that catch a slip of the finger, far beyond what is of use.
const (
	mostWorkers  = 1000
	mostCapacity = 1_000_000_000 // records
)

// count reads a whole number of at least one and no more than most.
func (r *resolver) count(key *hcl.Attribute, most int64, into *int) {
	if key == nil {
		return
	}
	value, ok := r.value(key, cty.Number, fmt.Sprintf("write %s = %d, without quotes", key.Name, *into))
	if !ok {
		return
	}
	number, accuracy := value.AsBigFloat().Int64()
	if accuracy != big.Exact || number < 1 || number > most {
		r.found.at(key.Expr.Range(), fmt.Sprintf("%s is a whole number from 1 to %d", key.Name, most), fmt.Sprintf("the default is %d", *into))
		return
	}
	*into = int(number)
}

// value evaluates a key to a value of the type, which is never null. The
// suggestion is for who wrote another type.
func (r *resolver) value(key *hcl.Attribute, want cty.Type, suggestion string) (value cty.Value, ok bool) {
	value, diags := key.Expr.Value(r.context)
	switch {
	case diags.HasErrors():
		r.senseless(key, diags)
		return value, false
	case value.IsNull():
		r.found.at(key.Expr.Range(), key.Name+" is null", "leave the key away to have its default")
		return value, false
	}
	if _, called := key.Expr.(*hclsyntax.FunctionCallExpr); called && want.IsPrimitiveType() {
		value = converted(value, want) // the environment has nothing but texts
	}
	if !value.IsWhollyKnown() || (want.IsPrimitiveType() && value.Type() != want) {
		r.found.at(key.Expr.Range(), fmt.Sprintf("%s must be %s, not %s", key.Name, kind(want), kind(value.Type())), suggestion)
		return value, false
	}
	return value, true
}

func converted(value cty.Value, want cty.Type) cty.Value {
	if other, err := convert.Convert(value, want); err == nil {
		return other
	}
	return value
}

// senseless adds the problem of an expression that has no value.
func (r *resolver) senseless(key *hcl.Attribute, diags hcl.Diagnostics) {
	for _, d := range diags {
		message, suggestion := wording(d)
		place := d.Subject
		if d.Summary == "Variables not allowed" {
			message, suggestion = key.Name+" has a word that is no value", "put texts in quotes"
		} else if _, call := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d); !call && secretKey(key.Name) {
			message, suggestion = key.Name+" is no text", "put it in quotes, or take it from the environment with env(\"NAME\")"
		}
		if place == nil {
			place = key.Expr.Range().Ptr()
		}
		r.found.at(*place, message, suggestion)
	}
}

// kind names a type as people do.
func kind(t cty.Type) string {
	switch {
	case t == cty.String:
		return "a text"
	case t == cty.Number:
		return "a number"
	case t == cty.Bool:
		return "true or false"
	case t.IsTupleType() || t.IsListType():
		return "a list"
	case t == cty.DynamicPseudoType:
		return "nothing"
	default:
		return "an object"
	}
}
